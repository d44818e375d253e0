import { type ImageStatus, imageStatus, type StopStatus } from '../producer/batch-status.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { reasonOf } from '../ui/image-row.ts';

/** `1 image`, `7 images`. */
export function countImages(count: number): string {
  return count === 1 ? '1 image' : `${count} images`;
}

/** `Stopped: CODE: the reason (needs 12, 3 free) What to do.` */
export function stopText({ code, message, advice, needs, free }: StopStatus): string {
  const missing = needs === null ? '' : ` (needs ${needs}, ${free ?? '?'} free)`;
  const what = `${code}: ${message}${missing}`;
  const next = advice === undefined ? '' : `${/[.)]$/.test(what) ? '' : '.'} ${advice}`;
  return escapeText(`Stopped: ${what}${next}`);
}

/** `failed  web-01  job 8a…  IMG.0057: the reason`: one image on one line. */
export function imageLine(entry: LedgerEntry): string {
  const image = imageStatus(entry);
  const error = image.error ? `  ${image.error.code}: ${image.error.message}` : '';
  const line = `${stateOf(image).padEnd(14)}  ${image.name}  ${idOf(image)}${error}`;
  return escapeText(line).trimEnd();
}

/** The same for little room: the error or the progress comes before any id. `width`: of the state. */
export function shortImageLine(entry: LedgerEntry, width: number): string {
  const image = imageStatus(entry);
  const { state } = entry;
  const percent =
    state.status === 'creating' && state.progress !== undefined
      ? `${Math.floor(state.progress * 100)}%`
      : '';
  const error = image.error ? `${image.error.code}: ${image.error.message}` : '';
  const parts = [stateOf(image).padEnd(width), image.name, percent, error, idOf(image)];
  return escapeText(parts.filter((part) => part !== '').join('  '));
}

function stateOf({ held, state }: ImageStatus): string {
  return held ? 'unknown (held)' : state;
}

/** Where IMS or the error catalogue has advice. */
export function adviceOf(entry: LedgerEntry): string | undefined {
  const advice = reasonOf(entry)?.advice;
  return advice === undefined ? undefined : escapeText(advice);
}

/** Names the kind of id: an IMS job and an image are looked up in different places. */
function idOf({ image_id, job_id }: ImageStatus): string {
  if (image_id !== null) return `image ${image_id}`;
  return job_id === null ? '' : `job ${job_id}`;
}
