import { readFileSync } from 'node:fs';
import { visible } from './format.ts';
import { html, type Markup, type Part } from './markup.ts';
import { ICONS, stateStyle } from './states.ts';

export interface PageParts {
  readonly title: string;
  /** More for the `head`: policy, style, scripts. */
  readonly head: Part;
  /** Id of the element that the first link of the page skips to. */
  readonly skip: { readonly to: string; readonly label: string };
  readonly body: Part;
}

/** A whole page, with the state icons in it. */
export function htmlPage({ title, head, skip, body }: PageParts): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${visible(title)}</title>
${head}
</head>
<body>
<a class="skip" href="#${skip.to}">${skip.label}</a>
${ICONS}
${body}
</body>
</html>
`.text;
}

/** One figure with its name and what it means. */
export function tile(label: string, value: string, note: string): Markup {
  return html`<div class="tile"><h2>${label}</h2><p class="value">${value}</p><p class="note">${note}</p></div>`;
}

/** `12.5 %` of all images, rounded down. */
export function percentOf(count: number, total: number): string {
  return `${total === 0 ? 0 : Math.floor((count / total) * 1000) / 10} %`;
}

const SHARED_STYLES = ['base', 'parts', 'list'] as const;

/** The colours of states, the shared styles, then these of one's own. */
export function readStyles(own: readonly URL[]): string {
  const shared = SHARED_STYLES.map((name) => new URL(`style/${name}.css`, import.meta.url));
  return [stateStyle(), ...[...shared, ...own].map(readAsset)].join('\n');
}

/** A style or script beside the code, in the sources as in the package. */
export function readAsset(file: URL): string {
  return readFileSync(file, 'utf8');
}
