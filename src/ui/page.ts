import { readFileSync } from 'node:fs';
import { codeTag } from './code-tag.ts';
import { formatCount, visible } from './format.ts';
import { html, type Markup, type Part } from './markup.ts';
import {
  DISPLAY_STATES,
  type DisplayState,
  type Headline,
  ICONS,
  stateIcon,
  stateStyle,
} from './states.ts';

interface PageParts {
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

interface PageHead {
  readonly kicker: Part;
  readonly title: string;
  readonly headline: Headline;
  readonly facts?: readonly (readonly [name: string, value: Part])[];
}

/** The top of a page: its subject, the state of it, and facts; those without a value are left out. */
export function pageHead({ kicker, title, headline, facts = [] }: PageHead): Markup {
  const { state, text } = headline;
  const known = facts.filter(([, value]) => value !== undefined);
  const list = known.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`);
  return html`<p class="kicker">${kicker}</p>
<h1><bdi>${visible(title)}</bdi></h1>
<p class="outcome is-${state}">${stateIcon(state)}<span>${text}</span></p>
${list.length === 0 ? undefined : html`<dl class="facts">${list}</dl>`}`;
}

/** Images that failed, or are held, with one code. */
export interface Failure {
  readonly state: DisplayState;
  readonly code: string;
  readonly count: number;
  /** For the list item, where it is drawn again. */
  readonly id?: string;
  readonly buttons: Part;
  readonly details: Part;
}

const MAX_CODES = 50;

/** What went wrong, by code. Nothing when all is well. */
export function failureSection(failures: readonly Failure[], note?: Part): Markup | undefined {
  if (failures.length === 0) return undefined;
  const more = failures.length - MAX_CODES;
  return html`<section class="card" aria-labelledby="failures-title">
<h2 id="failures-title">What needs attention</h2>
<ul class="failures">${failures.slice(0, MAX_CODES).map(failureItem)}</ul>
${note}
${more > 0 ? html`<p class="note">${formatCount(more, 'more code')}, in the list below.</p>` : undefined}
</section>`;
}

function failureItem({ state, code, count, id, buttons, details }: Failure): Markup {
  const words = `${formatCount(count, 'image')} ${DISPLAY_STATES[state].label.toLowerCase()}`;
  return html`<li${id === undefined ? undefined : html` id="${id}"`}>
<div class="failure-head">${stateIcon(state)}<h3>${codeTag(code)}</h3><span class="count">${words}</span>
${buttons}</div>
${details}</li>`;
}

/** What to do about a failure, as far as it is known. */
export function adviceText(advice: string | undefined): Markup | undefined {
  if (advice === undefined) return undefined;
  return html`<p class="advice"><b>What to do</b> <bdi>${visible(advice)}</bdi></p>`;
}

/** One figure with its name and what it means. */
export function tile(label: string, value: Part, note: Part): Markup {
  return html`<div class="tile"><h2>${label}</h2><p class="value">${value}</p><p class="note">${note}</p></div>`;
}

/** `12.5 %` of all images, rounded down. */
export function percentOf(count: number, total: number): string {
  return `${total === 0 ? 0 : Math.floor((count / total) * 1000) / 10} %`;
}

const SHARED_STYLES = ['base', 'parts', 'list', 'charts'] as const;

/** The colours of states, the shared styles, then these of one's own. */
export function readStyles(own: readonly URL[]): string {
  const shared = SHARED_STYLES.map((name) => new URL(`style/${name}.css`, import.meta.url));
  return [stateStyle(), ...[...shared, ...own].map(readAsset)].join('\n');
}

/** A style or script beside the code, in the sources as in the package. */
export function readAsset(file: URL): string {
  return readFileSync(file, 'utf8');
}
