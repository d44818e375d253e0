import type { BatchReport, ImageRow } from '../model/batch-report.ts';
import { html, type Markup, type Part } from './markup.ts';
import { lookOf } from './states.ts';

export type Span = Pick<BatchReport, 'beganAt' | 'durationMs'>;

/** So wide is the shortest segment, in per cent, or it could not be seen. */
const LEAST = 0.6;

/** Waiting, being sent, in IMS, and how it ended: one bar on the time of the batch. */
export function timeline(row: ImageRow, span: Span, now: number): Markup {
  const { registeredAt, submittedAt, acceptedAt, finishedAt } = row;
  const end = finishedAt ?? now;
  const submitted = submittedAt ?? end;
  const accepted = submittedAt === undefined ? end : (acceptedAt ?? end);
  return html`<svg class="timeline" aria-hidden="true">${[
    segment('waiting', { from: registeredAt, to: submitted }, span),
    segment('sending', { from: submitted, to: accepted }, span),
    segment('ims', { from: accepted, to: end }, span),
    finishedAt === undefined ? undefined : endMark(row, percent(finishedAt, span)),
  ]}</svg>`;
}

function endMark(row: ImageRow, x: number): Part {
  const look = lookOf(row);
  return html`<use href="#mark-${look}" class="is-${look}" x="${x.toFixed(2)}%" y="-1" width="12" height="12" transform="translate(-6 0)"/>`;
}

function segment(
  look: string,
  time: { readonly from: number; readonly to: number },
  span: Span,
): Part {
  if (time.to <= time.from) return undefined;
  const x = percent(time.from, span);
  const width = Math.max(LEAST, percent(time.to, span) - x);
  return html`<rect class="${look}" x="${Math.min(x, 100 - LEAST).toFixed(2)}%" width="${width.toFixed(2)}%" height="100%"/>`;
}

function percent(time: number, { beganAt, durationMs }: Span): number {
  return Math.min(100, Math.max(0, (100 * (time - beganAt)) / Math.max(1, durationMs)));
}
