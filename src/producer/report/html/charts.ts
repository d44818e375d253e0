import { area, bars, chartFigure, chartNumbers, niceTop, swatch } from '../../../ui/chart.ts';
import { formatCount, formatSpan, utcTime } from '../../../ui/format.ts';
import { html, type Markup, type Part } from '../../../ui/markup.ts';
import { tickTag, timeTag } from '../../../ui/time.ts';
import type { BatchReport } from '../build-report.ts';
import type { Bucket, Series } from '../series.ts';

/** Throughput and images in flight over time, as drawings that need no script, and in numbers. */
export function charts({ series, counts }: BatchReport): Markup {
  const { buckets } = series;
  const every = intervalText(series.intervalMs);
  const peak = peakOf(buckets, ({ succeeded, failed }) => succeeded + failed);
  const peakInFlight = peakOf(buckets, ({ inFlight }) => inFlight);
  const tops = { finished: niceTop(peak.value), inFlight: niceTop(peakInFlight.value) };
  const columns = buckets.map(({ succeeded, failed }) => [
    { state: 'succeeded', value: succeeded },
    { state: 'failed', value: failed },
  ]);
  const inFlight = buckets.map((bucket) => bucket.inFlight);
  const ticks = timeTicks(series);
  return html`<div class="charts">
${chartFigure({
  id: 'finished',
  title: `Finished per ${every}`,
  legend: html`${swatch('succeeded', 'Succeeded')}${counts.failed > 0 ? swatch('failed', 'Failed') : undefined}`,
  top: tops.finished,
  alt: `Images finished per ${every}: at most ${formatCount(peak.value)}${at(series, peak)}.`,
  ticks,
  plot: bars(columns, tops.finished),
})}
${chartFigure({
  id: 'in-flight',
  title: 'In flight at once',
  legend: swatch('creating', `Most in each ${every}`),
  top: tops.inFlight,
  alt: `Images of this batch in flight at once: at most ${formatCount(peakInFlight.value)}${at(series, peakInFlight)}.`,
  ticks,
  plot: area(inFlight, tops.inFlight),
})}
</div>
${numbers(series)}`;
}

function timeTicks({ from, intervalMs, buckets }: Series): readonly Part[] {
  const steps = Math.min(3, buckets.length);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const boundary = Math.round((buckets.length * step) / steps);
    return clockText(from + boundary * intervalMs, intervalMs);
  });
}

interface Peak {
  readonly value: number;
  readonly index: number;
}

function peakOf(buckets: readonly Bucket[], of: (bucket: Bucket) => number): Peak {
  const values = buckets.map(of);
  const value = values.reduce((most, one) => Math.max(most, one), 0);
  return { value, index: values.indexOf(value) };
}

function at({ from, intervalMs }: Series, { value, index }: Peak): string {
  return value === 0 ? '' : `, at ${utcTime(from + index * intervalMs)} UTC`;
}

function intervalText(ms: number): string {
  if (ms < 60_000) return ms === 1000 ? 'second' : `${ms / 1000} seconds`;
  if (ms < 3_600_000) return ms === 60_000 ? 'minute' : `${ms / 60_000} minutes`;
  if (ms < 86_400_000) return ms === 3_600_000 ? 'hour' : `${ms / 3_600_000} hours`;
  return ms === 86_400_000 ? 'day' : formatSpan(ms);
}

/** As fine as the interval: seconds, minutes, or the day. */
function clockText(ms: number, intervalMs: number): Markup {
  const text = utcTime(ms);
  if (intervalMs >= 3_600_000) return tickTag(ms, 'day', text.slice(5, 16));
  if (intervalMs >= 60_000) return tickTag(ms, 'clock', text.slice(11, 16));
  return tickTag(ms, 'clock-second', text.slice(11));
}

function numbers({ from, intervalMs, buckets }: Series): Markup {
  const rows = buckets.map(({ succeeded, failed, inFlight }, index) => [
    timeTag(from + index * intervalMs),
    ...[succeeded, failed, inFlight].map((count) => formatCount(count)),
  ]);
  return chartNumbers(['From', 'Succeeded', 'Failed', 'Most in flight'], rows);
}
