import { formatCount } from './format.ts';
import { html, type Markup, type Part } from './markup.ts';

/** Height of a plot in pixels. Its width is that of the page, so x is in per cent. */
const HEIGHT = 150;

/** One drawing: it needs no script, and `alt` says what it shows. */
interface Chart {
  readonly id: string;
  readonly title: string;
  readonly legend: Part;
  /** The value at its upper edge. */
  readonly top: number;
  readonly alt: string;
  /** Below the plot, at equal distances from its left edge to its right one. */
  readonly ticks: readonly Part[];
  readonly plot: Part;
}

export function chartFigure({ id, title, legend, top, alt, ticks, plot }: Chart): Markup {
  return html`<figure class="card chart" aria-labelledby="${id}-title">
<figcaption><h2 id="${id}-title">${title}</h2><ul class="legend">${legend}</ul></figcaption>
<div class="plot"><svg role="img" aria-label="${alt}" height="${HEIGHT}">${levels(top)}${tickTexts(ticks)}${plot}</svg></div>
</figure>`;
}

/** The colour of a state, and what it means. */
export function swatch(state: string, label: string): Markup {
  return html`<li><i class="swatch is-${state}"></i>${label}</li>`;
}

/** What the charts show, for people who cannot see them or want the numbers; the first column names the row. */
export function chartNumbers(heads: readonly string[], rows: readonly (readonly Part[])[]): Markup {
  const lines = rows.map(
    ([head, ...cells]) =>
      html`<tr><th scope="row">${head}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>`,
  );
  return html`<details class="figures note"><summary>The charts in numbers</summary>
<div class="scroll" tabindex="0" role="region" aria-label="The charts in numbers"><table><thead><tr>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead><tbody>${lines}</tbody></table></div>
</details>`;
}

function levels(top: number): Part {
  return [0, top / 2, top].map((value) => {
    const y = HEIGHT - (HEIGHT * value) / top;
    return html`<line class="grid" x1="0" x2="100%" y1="${y}" y2="${y}"/><text x="-8" y="${y}" dy="0.35em" text-anchor="end">${formatCount(value)}</text>`;
  });
}

function tickTexts(ticks: readonly Part[]): Part {
  const steps = Math.max(1, ticks.length - 1);
  return ticks.map((text, step) => {
    const anchor = step === 0 ? 'start' : step === steps ? 'end' : 'middle';
    const x = ((100 * step) / steps).toFixed(2);
    return html`<text x="${x}%" y="${HEIGHT + 20}" text-anchor="${anchor}">${text}</text>`;
  });
}

/** One part of a bar, in the colour of a state. */
interface BarPart {
  readonly state: string;
  readonly value: number;
}

/** A bar per interval; its parts are stacked in their order. */
export function bars(columns: readonly (readonly BarPart[])[], top: number): Part {
  const step = 100 / columns.length;
  return columns.map((parts, index) => {
    let y = HEIGHT;
    return parts.map(({ state, value }) => {
      const height = (HEIGHT * value) / top;
      y -= height;
      return height === 0
        ? undefined
        : html`<rect class="is-${state}" x="${((index + 0.1) * step).toFixed(3)}%" width="${(step * 0.8).toFixed(3)}%" y="${y.toFixed(2)}" height="${height.toFixed(2)}"/>`;
    });
  });
}

/** A step per interval, stretched to the width of the page. */
export function area(values: readonly number[], top: number): Part {
  const path = steps(values, top);
  return stretched(values.length, html`<path class="area" d="M0 ${HEIGHT}${path}V${HEIGHT}z"/>`);
}

/** The same as a line; it has gaps where there is no value. */
export function stepLine(values: readonly (number | undefined)[], top: number): Part {
  let path = '';
  for (const [index, value] of values.entries()) {
    if (value === undefined) continue;
    const y = (HEIGHT - (HEIGHT * value) / top).toFixed(2);
    path += `${values[index - 1] === undefined ? `M${index} ${y}` : `V${y}`}H${index + 1}`;
  }
  return stretched(values.length, html`<path class="limit" d="${path}"/>`);
}

function steps(values: readonly number[], top: number): string {
  return values
    .map((value, index) => `V${(HEIGHT - (HEIGHT * value) / top).toFixed(2)}H${index + 1}`)
    .join('');
}

function stretched(width: number, drawing: Part): Part {
  return html`<svg viewBox="0 0 ${width} ${HEIGHT}" width="100%" height="${HEIGHT}" preserveAspectRatio="none">${drawing}</svg>`;
}

/** The smallest round number that is not below the value and whose half is whole. */
export function niceTop(value: number): number {
  for (let unit = 1; ; unit *= 10) {
    const found = [2, 4, 6, 8, 10].find((digit) => digit * unit >= value);
    if (found !== undefined) return found * unit;
  }
}
