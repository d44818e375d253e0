import { createHash } from 'node:crypto';
import { visible } from '../../ui/format.ts';
import { html, type Markup, trusted } from '../../ui/markup.ts';
import { htmlPage, readAsset, readStyles } from '../../ui/page.ts';

interface Asset {
  readonly type: string;
  readonly text: string;
}

const ownFile = (name: string): URL => new URL(name, import.meta.url);
const style = readStyles(
  ['dashboard', 'batches', 'images'].map((name) => ownFile(`style/${name}.css`)),
);
const boardStyle = readAsset(ownFile('style/board.css'));
/** Each in a block of its own: they share no names. */
const script = ['live', 'times', 'list', 'keys']
  .map((name) => `{\n${readAsset(ownFile(`script/${name}.js`))}}\n`)
  .join('');

/** A ferry, in a square of 24. */
const LOGO = '<path d="M3 14h18l-3 6H6z"/><path d="M7 12V7h10v5"/><path d="M12 7V3"/>';
const icon = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24" fill="none" stroke="#2b6bd3" stroke-width="2" stroke-linejoin="round" stroke-linecap="round"><title>ims-ferry</title>${LOGO}</svg>`;

/** These addresses change with their content: a browser may keep them indefinitely. */
const STYLE_PATH = `/assets/style-${hashOf(style)}.css`;
/** For the pages of Bull Board. */
export const BOARD_STYLE_PATH = `/assets/board-${hashOf(boardStyle)}.css`;
const SCRIPT_PATH = `/assets/page-${hashOf(script)}.js`;

/** By their path. */
export const ASSETS: ReadonlyMap<string, Asset> = new Map([
  [STYLE_PATH, { type: 'text/css; charset=utf-8', text: style }],
  [BOARD_STYLE_PATH, { type: 'text/css; charset=utf-8', text: boardStyle }],
  [SCRIPT_PATH, { type: 'text/javascript; charset=utf-8', text: script }],
  ['/assets/icon.svg', { type: 'image/svg+xml', text: icon }],
]);

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** The user, and what the user may do. */
export interface Viewer {
  readonly user: string;
  readonly mayChange: boolean;
  /** Held images can be looked up in the cloud, and decided on. */
  readonly mayResolve: boolean;
  /** Logged in with the form. */
  readonly canLogOut?: boolean;
}

export interface Page {
  readonly title: string;
  readonly viewer?: Viewer;
  /** Address of the events that update this page's live part. */
  readonly live?: string;
  readonly main: Markup;
  /** It asks for the login: no other page can be opened yet. */
  readonly isLogin?: boolean;
}

/** What one of our pages may load: its style, its script, and its own events. */
export const PAGE_POLICY = [
  "default-src 'none'",
  "style-src 'self'",
  "script-src 'self'",
  "connect-src 'self'",
  "img-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'",
].join('; ');

/** A whole page. Without JavaScript a live page reloads every ten seconds. */
export function pageFrame({ title, viewer, live, main, isLogin = false }: Page): string {
  const reload = html`<noscript><meta http-equiv="refresh" content="10"></noscript>`;
  const region =
    live === undefined
      ? html`<div>${main}</div>`
      : html`<div id="live" data-live="${live}">${main}</div>
<p id="connection" class="connection" role="status"></p>`;
  return htmlPage({
    title: `${title} – ims-ferry`,
    head: html`${live === undefined ? undefined : reload}
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${STYLE_PATH}">
<script src="${SCRIPT_PATH}" defer></script>`,
    skip: { to: 'main', label: 'Skip to content' },
    body: html`<header class="site">
<a class="brand" href="/"><svg class="logo" viewBox="0 0 24 24" aria-hidden="true">${trusted(LOGO)}</svg>ims-ferry</a>
${isLogin ? undefined : html`<nav aria-label="Pages"><a href="/">Batches</a><a href="/queues/">Queues</a></nav>`}
${viewer ? userText(viewer) : undefined}
</header>
<main id="main" tabindex="-1">
${region}
</main>`,
  });
}

function userText({ user, mayChange, canLogOut }: Viewer): Markup {
  const logOut = canLogOut
    ? html`<form method="post" action="/logout"><button class="button quiet" type="submit">Log out</button></form>`
    : undefined;
  return mayChange
    ? html`<div class="who note"><span>Logged in as <b><bdi>${visible(user)}</bdi></b></span>${logOut}</div>`
    : html`<p class="who note" title="Set a password to make changes here">Read-only</p>`;
}

/** A page with a single message, such as an error. */
export function messagePage(title: string, text: string): string {
  const main = html`<h1>${title}</h1><p class="lead">${text}</p><p><a href="/">All batches</a></p>`;
  return pageFrame({ title, main });
}
