import { isoTime, utcTime } from '../../../ui/format.ts';
import { html, type Markup } from '../../../ui/markup.ts';

/** A time in UTC. The script of the page shows it in the reader's zone, and UTC on hover. */
export function timeTag(ms: number): Markup {
  return html`<time datetime="${isoTime(ms)}" data-form="second">${utcTime(ms)} UTC</time>`;
}

/** The same below a chart; `text`: what it shows in UTC. */
export function tickTag(ms: number, form: TickForm, text: string): Markup {
  return html`<tspan data-at="${isoTime(ms)}" data-form="${form}">${text}</tspan>`;
}

/** As fine as the chart: the day, the minute, or the second. */
export type TickForm = 'day' | 'clock' | 'clock-second';
