import type { Status } from '../../../shared/state/import-state.ts';
import type { BatchReport, ImageRow } from '../model/batch-report.ts';
import { html, type Markup } from './markup.ts';

/** A state as people see it: held is one of its own, since it waits for them. */
export type Look = Status | 'held';

export const LOOKS: Readonly<Record<Look, string>> = {
  succeeded: 'Succeeded',
  failed: 'Failed',
  held: 'Held for you',
  unknown: 'Looked up',
  cancelled: 'Cancelled',
  creating: 'In IMS',
  submitting: 'Being sent',
  pending: 'Waiting',
};

/** In the order of the bar: done, troubled, under way. */
export const LOOK_ORDER = Object.keys(LOOKS) as readonly Look[];

export function isLook(word: string): word is Look {
  return Object.hasOwn(LOOKS, word);
}

export function lookOf({ state, held }: Pick<ImageRow, 'state' | 'held'>): Look {
  return held ? 'held' : state;
}

/** What there is, with how many; together they are all images. */
export function lookCounts({
  counts,
}: Pick<BatchReport, 'counts'>): readonly { readonly look: Look; readonly count: number }[] {
  return LOOK_ORDER.map((look) => ({
    look,
    count: look === 'unknown' ? counts.unknown - counts.held : counts[look],
  })).filter(({ count }) => count > 0);
}

export function needsAPerson(look: Look): boolean {
  return look === 'failed' || look === 'held' || look === 'unknown' || look === 'cancelled';
}

/** A shape for each state, so that nothing rests on colour alone. */
export function mark(look: Look): Markup {
  return html`<svg class="mark is-${look}" aria-hidden="true"><use href="#mark-${look}"/></svg>`;
}

export const MARKS = html`<svg class="symbols" aria-hidden="true" focusable="false">
<symbol id="mark-succeeded" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8"/><path class="cut" d="M4.4 8.3l2.5 2.5 4.8-5.2"/></symbol>
<symbol id="mark-failed" viewBox="0 0 16 16"><path d="M5 0h6l5 5v6l-5 5H5l-5-5V5z"/><path class="cut" d="M5.3 5.3l5.4 5.4m0-5.4l-5.4 5.4"/></symbol>
<symbol id="mark-held" viewBox="0 0 16 16"><path d="M8 .6L16 15H0z"/><path class="cut" d="M8 5.6v4.2m0 2v.6"/></symbol>
<symbol id="mark-unknown" viewBox="0 0 16 16"><path d="M8 0l8 8-8 8-8-8z"/><path class="cut" d="M8 4.4v4.4m0 2.2v.6"/></symbol>
<symbol id="mark-cancelled" viewBox="0 0 16 16"><circle cx="8" cy="8" r="8"/><path class="cut" d="M4.4 8h7.2"/></symbol>
<symbol id="mark-creating" viewBox="0 0 16 16"><circle class="ring" cx="8" cy="8" r="6.8"/><path d="M8 8V2.8a5.2 5.2 0 0 1 0 10.4z"/></symbol>
<symbol id="mark-submitting" viewBox="0 0 16 16"><circle class="ring" cx="8" cy="8" r="6.8"/><path d="M8 8V2.8a5.2 5.2 0 0 1 5.2 5.2z"/></symbol>
<symbol id="mark-pending" viewBox="0 0 16 16"><circle class="ring" cx="8" cy="8" r="6.8"/></symbol>
</svg>`;
