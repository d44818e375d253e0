import { type ImageStatus, imageStatus } from '../producer/batch-status.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { reasonOf } from '../ui/image-row.ts';

/** `failed  web-01  job 8a…  IMG.0057: the reason`: one image in one line of text. */
export function imageLine(entry: LedgerEntry): string {
  const image = imageStatus(entry);
  const error = image.error ? `  ${image.error.code}: ${image.error.message}` : '';
  const line = `${stateOf(image).padEnd(14)}  ${image.name}  ${idOf(image)}${error}`;
  return escapeText(line).trimEnd();
}

/**
 * The same for a narrow place: why it is in trouble, or how far it is, before any id.
 * `width`: of the state.
 */
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

/** What to do next, where IMS or we know it. */
export function adviceOf(entry: LedgerEntry): string | undefined {
  const advice = reasonOf(entry)?.advice;
  return advice === undefined ? undefined : escapeText(advice);
}

/** An IMS job and an image are asked for in different places: which id it is has to be said. */
function idOf({ image_id, job_id }: ImageStatus): string {
  if (image_id !== null) return `image ${image_id}`;
  return job_id === null ? '' : `job ${job_id}`;
}
