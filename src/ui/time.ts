import { isoTime, utcTime } from './format.ts';
import { html, type Markup } from './markup.ts';

/**
 * How much of a time a page shows: to the second, to the minute, or as short as a reader needs it now
 * (`14:20`, and on another day `28 Nov 14:20`).
 */
type TimeForm = 'second' | 'minute' | 'short';

/** A time in UTC. The script of the page shows it in the reader's zone, and UTC on hover. */
export function timeTag(ms: number, form: TimeForm = 'second'): Markup {
  return html`<time datetime="${isoTime(ms)}" data-form="${form}">${utcText(ms, form)} UTC</time>`;
}

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

function utcText(ms: number, form: TimeForm): string {
  const text = utcTime(ms);
  if (form === 'second') return text;
  if (form === 'minute') return text.slice(0, 16);
  const at = new Date(isoTime(ms));
  return `${at.getUTCDate()} ${MONTHS[at.getUTCMonth()]} ${text.slice(11, 16)}`;
}

/** How much of a time is below a chart: as fine as the chart is. */
type TickForm = 'short' | 'day' | 'clock' | 'clock-second';

/** The same below a chart; `text`: in UTC. */
export function tickTag(ms: number, form: TickForm, text: string): Markup {
  return html`<tspan data-at="${isoTime(ms)}" data-form="${form}">${text}</tspan>`;
}

/** `isDay`: the day matters, not the hour alone. */
export function tickTime(ms: number, isDay: boolean): Markup {
  const text = utcText(ms, 'short');
  return tickTag(ms, isDay ? 'short' : 'clock', `${isDay ? text : text.slice(-5)} UTC`);
}
