import type { StopStatus } from '../producer/batch-status.ts';
import { escapeText } from '../shared/text/escape-text.ts';

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
