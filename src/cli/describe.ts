import type { StopStatus } from '../producer/batch-status.ts';
import { escapeText } from '../shared/text/escape-text.ts';

/** `1 image`, `7 images`. */
export function countImages(count: number): string {
  return count === 1 ? '1 image' : `${count} images`;
}

/** `Stopped: CODE: the reason (12 waiting, 3 free). What to do.` */
export function stopText({ code, message, advice, needs, free }: StopStatus): string {
  const missing = needs === null ? '' : ` (${needs} waiting, ${free ?? '?'} free)`;
  const what = `${code}: ${message.trimEnd().replace(/\.$/, '')}${missing}.`;
  const next = advice === undefined ? '' : ` ${advice}`;
  return escapeText(`Stopped: ${what}${next}`);
}
