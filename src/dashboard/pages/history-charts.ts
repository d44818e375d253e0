import type { HistoryPoint } from '../../shared/outlook/outlook.ts';
import {
  area,
  bars,
  chartFigure,
  chartNumbers,
  niceTop,
  stepLine,
  swatch,
} from '../../ui/chart.ts';
import { formatCount, formatRate, utcTime } from '../../ui/format.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { tickTime, timeTag } from '../../ui/time.ts';
import { type Interval, intervalsOf, RANGES, type Range } from '../live/history-range.ts';

export interface History {
  readonly points: readonly HistoryPoint[];
  readonly range: Range;
  readonly now: number;
  /** The address of the same page with another range. */
  readonly linkTo: (range: Range) => string;
}

const TICKS = 4;

/** Rate, images in flight and throttling of the project; nothing while nothing was recorded. */
export function historySection({ points, range, now, linkTo }: History): Markup | undefined {
  if (points.length === 0) return undefined;
  const intervals = intervalsOf(points, range, now);
  const links = Object.entries(RANGES).map(
    ([name, { label }]) =>
      html`<li><a class="chip" data-view href="${linkTo(name as Range)}"${name === range ? html` aria-current="true"` : undefined}><span>${label}</span></a></li>`,
  );
  return html`<section class="history" aria-labelledby="history-title">
<div class="list-head"><h2 id="history-title">History</h2><ul class="chips" aria-label="Time shown">${links}</ul></div>
<div class="charts" tabindex="0" role="region" aria-label="Charts">
${finishedChart(intervals, range)}
${inFlightChart(intervals, range)}
${throttledChart(intervals, range)}
</div>
${numbers(intervals)}
</section>`;
}

function finishedChart(intervals: readonly Interval[], range: Range): Markup {
  const peak = peakOf(intervals, ({ succeeded, failed }) => succeeded + failed);
  const top = niceTop(peak.value);
  const hasFailed = intervals.some(({ failed }) => failed > 0);
  const columns = intervals.map(({ succeeded, failed }) => [
    { state: 'succeeded', value: succeeded },
    { state: 'failed', value: failed },
  ]);
  return chartFigure({
    id: 'chart-finished',
    title: 'Finished per minute',
    legend: html`${swatch('succeeded', 'Succeeded')}${hasFailed ? swatch('failed', 'Failed') : undefined}`,
    top,
    alt: `Images finished per minute: at most ${formatRate(peak.value)}${peak.at}.`,
    ticks: ticks(intervals, range),
    plot: bars(columns, top),
  });
}

function inFlightChart(intervals: readonly Interval[], range: Range): Markup {
  const peak = peakOf(intervals, ({ inFlight }) => inFlight);
  const limits = intervals.map(({ limit }) => limit);
  const limit = limits.findLast((one) => one !== undefined);
  const top = niceTop(limits.reduce<number>((most, one = 0) => Math.max(most, one), peak.value));
  return chartFigure({
    id: 'chart-in-flight',
    title: 'In flight',
    legend: html`${swatch('creating', 'Most at once')}${limit === undefined ? undefined : html`<li><i class="swatch dashes"></i>Limit</li>`}`,
    top,
    alt: `Images in flight: at most ${formatCount(peak.value)}${peak.at}${limit === undefined ? '' : `; the limit is ${formatCount(limit)}`}.`,
    ticks: ticks(intervals, range),
    plot: [
      area(
        intervals.map(({ inFlight }) => inFlight),
        top,
      ),
      stepLine(limits, top),
    ],
  });
}

function throttledChart(intervals: readonly Interval[], range: Range): Markup {
  const peak = peakOf(intervals, ({ throttled }) => throttled);
  const top = niceTop(peak.value);
  return chartFigure({
    id: 'chart-throttled',
    title: 'Answers 429 per minute',
    legend: swatch('held', 'Throttled'),
    top,
    alt:
      peak.value === 0
        ? 'No call was throttled.'
        : `Answers 429 per minute: at most ${formatRate(peak.value)}${peak.at}.`,
    ticks: ticks(intervals, range),
    plot: bars(
      intervals.map(({ throttled }) => [{ state: 'held', value: throttled }]),
      top,
    ),
  });
}

function ticks(intervals: readonly Interval[], range: Range): readonly Part[] {
  const { intervalMs, count } = RANGES[range];
  const begin = intervals[0]?.from ?? 0;
  return Array.from({ length: TICKS }, (_, step) =>
    tickTime(begin + Math.round((count * step) / (TICKS - 1)) * intervalMs, range === 'week'),
  );
}

function peakOf(intervals: readonly Interval[], of: (interval: Interval) => number) {
  const value = intervals.reduce((most, one) => Math.max(most, of(one)), 0);
  const found = intervals.find((one) => of(one) === value);
  return { value, at: value === 0 || !found ? '' : `, at ${utcTime(found.from).slice(0, 16)} UTC` };
}

function numbers(intervals: readonly Interval[]): Markup {
  const busy = intervals.filter(
    ({ succeeded, failed, throttled, inFlight }) => succeeded + failed + throttled + inFlight > 0,
  );
  const rows = busy.map(({ from, succeeded, failed, inFlight, throttled }) => [
    timeTag(from, 'minute'),
    formatRate(succeeded),
    formatRate(failed),
    formatCount(inFlight),
    formatRate(throttled),
  ]);
  return chartNumbers(
    ['From', 'Succeeded per minute', 'Failed per minute', 'Most in flight', '429 per minute'],
    rows,
  );
}
