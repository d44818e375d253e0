import { html, type Markup } from '../../producer/report/html/markup.ts';
import { MARKS } from '../../producer/report/html/states.ts';
import { shown } from '../../producer/report/html/wording.ts';
import { SCRIPT_PATH, STYLE_PATH } from './assets.ts';

/** Who looks, and what that person may do. */
export interface Viewer {
  readonly user: string;
  readonly mayChange: boolean;
}

export interface Page {
  readonly title: string;
  readonly viewer?: Viewer;
  /** Address that sends this page's live part anew. */
  readonly live?: string;
  readonly main: Markup;
}

/** What a page of ours may load: its style, its script, and its own events. */
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

/** A whole page. Without a script the live part loads itself anew every ten seconds. */
export function pageFrame(page: Page): string {
  const { live, viewer } = page;
  const reload = html`<noscript><meta http-equiv="refresh" content="10"></noscript>`;
  const region =
    live === undefined
      ? html`<div>${page.main}</div>`
      : html`<div id="live" data-live="${live}">${page.main}</div>
<p id="connection" class="connection" role="status"></p>`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
${live === undefined ? undefined : reload}
<title>${shown(page.title)} – ims-ferry</title>
<link rel="icon" href="/assets/icon.svg" type="image/svg+xml">
<link rel="stylesheet" href="${STYLE_PATH}">
<script src="${SCRIPT_PATH}" defer></script>
</head>
<body>
<a class="skip" href="#main">To the content</a>
${MARKS}
<header class="site">
<a class="brand" href="/"><svg class="logo" viewBox="0 0 24 24" aria-hidden="true"><path d="M3 14h18l-3 6H6z"/><path d="M7 12V7h10v5"/><path d="M12 7V3"/></svg>ims-ferry</a>
<nav aria-label="Pages"><a href="/">Batches</a><a href="/queues/">Queues</a></nav>
${viewer ? who(viewer) : undefined}
</header>
<main id="main" tabindex="-1">
${region}
</main>
</body>
</html>
`.text;
}

function who({ user, mayChange }: Viewer): Markup {
  return mayChange
    ? html`<p class="who">Logged in as <b><bdi>${shown(user)}</bdi></b></p>`
    : html`<p class="who" title="Set a password to change things here">Only to be looked at</p>`;
}

/** A page that says one thing: nothing here, not for you. */
export function messagePage(title: string, text: string): string {
  const main = html`<h1>${title}</h1><p class="lead">${text}</p><p><a href="/">All batches</a></p>`;
  return pageFrame({ title, main });
}
