import { isoTime } from '../../../ui/format.ts';
import { html, type Markup } from '../../../ui/markup.ts';

/** A time below a chart, which the script of the page shows in the zone of the reader; `text`: in UTC. */
export function tickTag(ms: number, form: TickForm, text: string): Markup {
  return html`<tspan data-at="${isoTime(ms)}" data-form="${form}">${text}</tspan>`;
}

/** As fine as the chart: the day, the minute, or the second. */
type TickForm = 'day' | 'clock' | 'clock-second';
