import type { StopStatus } from '../producer/batch-status.ts';
import { escapeText } from '../shared/text/escape-text.ts';

/** `Stopped: CODE: the reason (needs 12, 3 free)` */
export function stopText({ code, message, needs, free }: StopStatus): string {
  const missing = needs === null ? '' : ` (needs ${needs}, ${free ?? '?'} free)`;
  return escapeText(`Stopped: ${code}: ${message}${missing}`);
}
