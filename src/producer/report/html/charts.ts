import { formatCount, formatSpan, utcTime } from '../../../ui/format.ts';
import { html, type Markup, type Part } from '../../../ui/markup.ts';
import type { BatchReport } from '../build-report.ts';
import type { Bucket, Series } from '../series.ts';
import { tickTag, timeTag } from './times.ts';

/** Height of a plot in pixels. Its width is that of the page, so x is in per cent. */
const HEIGHT = 150;

/** Throughput and images in flight over time, as drawings that need no script, and in numbers. */
export function charts({ series, counts }: BatchReport): Markup {
  const every = intervalText(series.intervalMs);
  const peak = peakOf(series.buckets, ({ succeeded, failed }) => succeeded + failed);
  const peakInFlight = peakOf(series.buckets, ({ inFlight }) => inFlight);
  const failedLegend =
    counts.failed > 0 ? html`<li><i class="swatch is-failed"></i>Failed</li>` : undefined;
  return html`<div class="charts">
${figure(series, {
  id: 'finished',
  title: `Finished per ${every}`,
  legend: html`<li><i class="swatch is-succeeded"></i>Succeeded</li>${failedLegend}`,
  top: niceTop(peak.value),
  alt: `Images finished per ${every}: at most ${formatCount(peak.value)}${at(series, peak)}.`,
  plot: finishedBars,
})}
${figure(series, {
  id: 'in-flight',
  title: 'In flight at once',
  legend: html`<li><i class="swatch is-creating"></i>Most in each ${every}</li>`,
  top: niceTop(peakInFlight.value),
  alt: `Images of this batch in flight at once: at most ${formatCount(peakInFlight.value)}${at(series, peakInFlight)}.`,
  plot: inFlightArea,
})}
</div>
${chartTable(series)}`;
}

interface Figure {
  readonly id: string;
  readonly title: string;
  readonly legend: Markup;
  readonly top: number;
  readonly alt: string;
  readonly plot: (buckets: readonly Bucket[], top: number) => Part;
}

function figure(series: Series, { id, title, legend, top, alt, plot }: Figure): Markup {
  return html`<figure class="card chart" aria-labelledby="${id}-title">
<figcaption><h2 id="${id}-title">${title}</h2><ul class="legend">${legend}</ul></figcaption>
<div class="plot"><svg role="img" aria-label="${alt}" height="${HEIGHT}">${axes(series, top)}${plot(series.buckets, top)}</svg></div>
</figure>`;
}

function axes(series: Series, top: number): Part {
  const levels = [0, top / 2, top].map((value) => {
    const y = HEIGHT - (HEIGHT * value) / top;
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text x="-8" y="${y}" dy="0.35em" text-anchor="end">${formatCount(value)}</text>`;
  });
  return [levels, timeTicks(series)];
}

function timeTicks({ from, intervalMs, buckets }: Series): Part {
  const count = buckets.length;
  const steps = Math.min(3, count);
  return Array.from({ length: steps + 1 }, (_, step) => {
    const boundary = Math.round((count * step) / steps);
    const anchor = step === 0 ? 'start' : step === steps ? 'end' : 'middle';
    const x = ((100 * boundary) / count).toFixed(2);
    const text = clockText(from + boundary * intervalMs, intervalMs);
    return html`<text x="${x}%" y="${HEIGHT + 20}" text-anchor="${anchor}">${text}</text>`;
  });
}

function finishedBars(buckets: readonly Bucket[], top: number): Part {
  const step = 100 / buckets.length;
  return buckets.map(({ succeeded, failed }, index) => {
    if (succeeded + failed === 0) return undefined;
    const x = ((index + 0.1) * step).toFixed(3);
    const tall = (HEIGHT * succeeded) / top;
    const failedTall = (HEIGHT * failed) / top;
    const bar = (state: string, y: number, height: number): Part =>
      height === 0
        ? undefined
        : html`<rect class="is-${state}" x="${x}%" width="${(step * 0.8).toFixed(3)}%" y="${(HEIGHT - y - height).toFixed(2)}" height="${height.toFixed(2)}"/>`;
    return [bar('succeeded', 0, tall), bar('failed', tall, failedTall)];
  });
}

/** A step per interval, stretched to the width of the page. */
function inFlightArea(buckets: readonly Bucket[], top: number): Part {
  const steps = buckets
    .map(
      ({ inFlight }, index) => `V${(HEIGHT - (HEIGHT * inFlight) / top).toFixed(2)}H${index + 1}`,
    )
    .join('');
  return html`<svg viewBox="0 0 ${buckets.length} ${HEIGHT}" width="100%" height="${HEIGHT}" preserveAspectRatio="none"><path class="area" d="M0 ${HEIGHT}${steps}V${HEIGHT}z"/></svg>`;
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

/** The smallest round number that is not below the value and whose half is whole. */
function niceTop(value: number): number {
  for (let unit = 1; ; unit *= 10) {
    const found = [2, 4, 6, 8, 10].find((digit) => digit * unit >= value);
    if (found !== undefined) return found * unit;
  }
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

/** What the charts show, for people who cannot see them or want the numbers. */
function chartTable({ from, intervalMs, buckets }: Series): Markup {
  const rows = buckets.map(
    ({ succeeded, failed, inFlight }, index) =>
      html`<tr><th scope="row">${timeTag(from + index * intervalMs)}</th><td>${formatCount(succeeded)}</td><td>${formatCount(failed)}</td><td>${formatCount(inFlight)}</td></tr>`,
  );
  return html`<details class="figures note"><summary>The charts in numbers</summary>
<div class="scroll" tabindex="0" role="region" aria-label="The charts in numbers"><table><thead><tr><th scope="col">From</th><th scope="col">Succeeded</th><th scope="col">Failed</th><th scope="col">Most in flight</th></tr></thead><tbody>${rows}</tbody></table></div>
</details>`;
}
