import type { Counts } from '../shared/ledger/batch-store.ts';
import { ENDED_STATUSES, IN_FLIGHT_STATUSES, type StateName } from '../shared/state/machine.ts';
import { formatCount } from './format.ts';
import { html, type Markup, type Part, trusted } from './markup.ts';

export type DisplayState = StateName;

interface StateDisplay {
  readonly label: string;
  /** What happens in this state, in a few words beside the label. */
  readonly meaning: string;
  /** A failure, or something a person has to decide. */
  readonly needsAttention: boolean;
  /** For a light and a dark page. */
  readonly colours: readonly [light: string, dark: string];
  /** Drawn in a square of 16: a shape for each state, so that none differs by colour alone. */
  readonly icon: string;
}

/** Everything that differs by state on a page, in the order of the bar: done, in trouble, under way. */
export const DISPLAY_STATES: Readonly<Record<DisplayState, StateDisplay>> = {
  succeeded: {
    label: 'Succeeded',
    meaning: 'The image is in IMS.',
    needsAttention: false,
    colours: ['#0a7a5c', '#3cc295'],
    icon: '<circle cx="8" cy="8" r="8"/><path class="cut" d="M4.4 8.3l2.5 2.5 4.8-5.2"/>',
  },
  failed: {
    label: 'Failed',
    meaning: 'The import ended with an error.',
    needsAttention: true,
    colours: ['#c23c0b', '#ff8558'],
    icon: '<path d="M5 0h6l5 5v6l-5 5H5l-5-5V5z"/><path class="cut" d="M5.3 5.3l5.4 5.4m0-5.4l-5.4 5.4"/>',
  },
  held: {
    label: 'Unknown (held)',
    meaning: 'It is not known whether IMS created the image; you decide.',
    needsAttention: true,
    colours: ['#b46a00', '#f0b041'],
    icon: '<path d="M8 .6L16 15H0z"/><path class="cut" d="M8 5.6v4.2m0 2v.6"/>',
  },
  unknown: {
    label: 'Unknown',
    meaning: 'No clear answer from IMS; its image list is being checked.',
    needsAttention: true,
    colours: ['#8b5aa8', '#c79be0'],
    icon: '<path d="M8 0l8 8-8 8-8-8z"/><path class="cut" d="M8 4.4v4.4m0 2.2v.6"/>',
  },
  cancelled: {
    label: 'Cancelled',
    meaning: 'It was not submitted, or its import was cancelled.',
    needsAttention: true,
    colours: ['#6b7785', '#8c99a8'],
    icon: '<circle cx="8" cy="8" r="8"/><path class="cut" d="M4.4 8h7.2"/>',
  },
  creating: {
    label: 'Creating',
    meaning: 'IMS is creating the image.',
    needsAttention: false,
    colours: ['#2b6bd3', '#69a3fb'],
    icon: '<circle class="ring" cx="8" cy="8" r="6.8"/><path d="M8 8V2.8a5.2 5.2 0 0 1 0 10.4z"/>',
  },
  submitting: {
    label: 'Submitting',
    meaning: 'The request is being sent to IMS.',
    needsAttention: false,
    colours: ['#5a3fb0', '#a690f5'],
    icon: '<circle class="ring" cx="8" cy="8" r="6.8"/><path d="M8 8V2.8a5.2 5.2 0 0 1 5.2 5.2z"/>',
  },
  pending: {
    label: 'Pending',
    meaning: 'Waiting to be submitted.',
    needsAttention: false,
    colours: ['#8390a0', '#7b8896'],
    icon: '<circle class="ring" cx="8" cy="8" r="6.8"/>',
  },
};

export const DISPLAY_ORDER = Object.keys(DISPLAY_STATES) as readonly DisplayState[];

export function isDisplayState(word: string): word is DisplayState {
  return Object.hasOwn(DISPLAY_STATES, word);
}

export function displayStateOf<S>({ state, held }: { state: S; held: boolean }): S | 'held' {
  return held ? 'held' : state;
}

/** The colours as style rules: `--STATE` for a state, and `--state` within the class `is-STATE`. */
export function stateStyle(): string {
  return DISPLAY_ORDER.map((state) => {
    const [light, dark] = DISPLAY_STATES[state].colours;
    return `:root { --${state}: light-dark(${light}, ${dark}); }\n.is-${state} { --state: var(--${state}); }`;
  }).join('\n');
}

/** The icons, once on a page; `stateIcon` refers to them. */
export const ICONS: Markup = html`<svg class="symbols" aria-hidden="true" focusable="false">
${DISPLAY_ORDER.map((state) => html`<symbol id="mark-${state}" viewBox="0 0 16 16">${trusted(DISPLAY_STATES[state].icon)}</symbol>`)}
</svg>`;

export function stateIcon(state: DisplayState): Markup {
  return html`<svg class="mark is-${state}" aria-hidden="true"><use href="#mark-${state}"/></svg>`;
}

export function stateName(state: DisplayState): Markup {
  return html`${stateIcon(state)}${DISPLAY_STATES[state].label}`;
}

/** Images of a batch by state. */
export interface Counted {
  readonly counts: Counts;
  readonly total: number;
}

/** The states that occur, with their counts; together they are all images. */
export function stateCounts(counts: Counts) {
  return DISPLAY_ORDER.map((state) => ({
    state,
    count: state === 'unknown' ? counts.unknown - counts.held : counts[state],
  })).filter(({ count }) => count > 0);
}

/** How many images failed, are unknown or were cancelled. */
export function attentionCount(counts: Counts): number {
  return needingAttention(counts).reduce((sum, { count }) => sum + count, 0);
}

function needingAttention(counts: Counts) {
  return stateCounts(counts).filter(({ state }) => DISPLAY_STATES[state].needsAttention);
}

/** `316 failed`, `2 unknown (held)`: what keeps a batch from being imported completely. */
export function attentionTexts(counts: Counts): readonly string[] {
  return needingAttention(counts).map(
    ({ state, count }) => `${formatCount(count)} ${DISPLAY_STATES[state].label.toLowerCase()}`,
  );
}

/** A bar of all images by state. It is hidden from screen readers: the legend has the numbers. */
export function stateBar({ counts, total }: Counted): Markup {
  const bars: Part[] = [];
  let x = 0;
  for (const { state, count } of stateCounts(counts)) {
    const width = (100 * count) / Math.max(1, total);
    bars.push(
      html`<rect class="is-${state}" x="${x.toFixed(3)}%" width="${width.toFixed(3)}%" height="100%"/>`,
    );
    x += width;
  }
  return html`<svg class="bar" aria-hidden="true">${bars}</svg>`;
}

function stateLegend({ counts }: Counted): Markup {
  const items = stateCounts(counts).map(({ state, count }) => {
    const { label, meaning } = DISPLAY_STATES[state];
    return html`<li title="${meaning}">${stateIcon(state)}<span>${label}</span> <b>${formatCount(count)}</b></li>`;
  });
  return html`<ul class="legend">${items}</ul>`;
}

export function stateSection(counted: Counted): Markup {
  return html`<section class="card states" aria-labelledby="states-title">
<h2 id="states-title">Images by state</h2>
${stateBar(counted)}
${stateLegend(counted)}
</section>`;
}

/** Images that have ended or are held: nothing more happens to them by itself. */
export function settledCount(counts: Counts): number {
  return ENDED_STATUSES.reduce((sum, status) => sum + counts[status], counts.held);
}

/** Images that IMS is working on, or may be. Held ones are counted as unknown, too. */
export function inFlightCount(counts: Counts): number {
  return IN_FLIGHT_STATUSES.reduce((sum, status) => sum + counts[status], -counts.held);
}

export interface Headline {
  readonly state: DisplayState;
  readonly text: string;
}

/** The state of a whole batch in one line. */
export function headlineOf(batch: Counted & { readonly isPaused: boolean }): Headline {
  const { counts, total, isPaused } = batch;
  const imported = `${formatCount(counts.succeeded)} of ${formatCount(total)} imported`;
  if (settledCount(counts) < total) {
    return isPaused
      ? { state: 'pending', text: `Paused: ${imported}` }
      : { state: 'creating', text: `In progress: ${imported}` };
  }
  if (counts.succeeded === total) {
    const all = total === 1 ? '1 image' : `All ${formatCount(total, 'image')}`;
    return { state: 'succeeded', text: `${all} imported` };
  }
  const state = counts.failed > 0 ? 'failed' : counts.held > 0 ? 'held' : 'cancelled';
  return { state, text: [imported, ...attentionTexts(counts)].join(' · ') };
}
