import { createHash } from 'node:crypto';
import type { BatchSummary } from '../shared/ledger/batch-ledger.ts';
import type { Status } from '../shared/state/import-state.ts';

const STYLE = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #5b6675; --paper: #fff; --line: #dfe4ea; --link: #0b5cad; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7ebf0; --soft: #a0abb8; --paper: #14181e; --line: #2c343e; --link: #79b8ff; }
}
body { margin: 0 auto; max-width: 60rem; padding: 1.5rem 1rem; font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
h1 { font-size: 1.4rem; margin: 0; }
header { display: flex; gap: 1rem; align-items: baseline; justify-content: space-between; flex-wrap: wrap; }
a { color: var(--link); }
p, small { color: var(--soft); }
ul { list-style: none; padding: 0; }
li { border-top: 1px solid var(--line); padding: 0.9rem 0; }
h2 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
svg { display: block; width: 100%; height: 10px; margin: 0.4rem 0; border-radius: 5px; }
.succeeded { fill: #1a7f4b; } .failed { fill: #c8321f; } .unknown { fill: #b26a00; }
.cancelled { fill: #7b8794; } .creating { fill: #0b6fb8; } .submitting { fill: #5aa3dd; } .pending { fill: #b9c3ce; }
.stop { border-left: 4px solid #c8321f; padding-left: 0.8rem; color: var(--ink); }
`;

/** What the page may load: its own style, and nothing else. */
export const BATCHES_POLICY = `default-src 'none'; style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;

const ORDER = [
  'succeeded',
  'failed',
  'unknown',
  'cancelled',
  'creating',
  'submitting',
  'pending',
] as const satisfies readonly Status[];

/** All batches as a page that loads itself anew every five seconds. */
export function batchesPage(summaries: readonly BatchSummary[], stopped?: string): string {
  const none = '<p>There is no batch yet.</p>';
  const list = summaries.toReversed().map(batchItem).join('\n');
  const stop = stopped === undefined ? '' : `<p class="stop">${escapeHtml(stopped)}</p>`;
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="refresh" content="5">
<title>ims-ferry</title><style>${STYLE}</style></head>
<body><header><h1>Batches</h1><a href="/queues/">Queues</a></header>
${stop}<main>${summaries.length === 0 ? none : `<ul>${list}</ul>`}</main>
</body></html>
`;
}

function batchItem({ batch, counts, total, isPaused }: BatchSummary): string {
  const words = ORDER.filter((state) => counts[state] > 0).map(
    (state) => `${counts[state]} ${state}`,
  );
  const held = counts.held > 0 ? ` (${counts.held} held)` : '';
  const paused = isPaused ? ' · paused' : '';
  const name = escapeHtml(batch);
  const text = `${words.join(', ')}${held}${paused}`;
  return `<li><h2>${name}</h2>${bar(counts, total, text)}
<small>${total} images: ${text} · <a href="/reports/${encodeURIComponent(batch)}">Report<span hidden> of ${name}</span></a></small></li>`;
}

function bar(counts: BatchSummary['counts'], total: number, text: string): string {
  let from = 0;
  const parts = ORDER.map((state) => {
    const width = total === 0 ? 0 : (100 * counts[state]) / total;
    const part = `<rect class="${state}" x="${from}" y="0" width="${width}" height="10"/>`;
    from += width;
    return width === 0 ? '' : part;
  });
  return `<svg viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="${text}">${parts.join('')}</svg>`;
}

/** A page that says one thing: nothing here, not for you. */
export function messagePage(title: string, text: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>${STYLE}</style></head><body><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p><p><a href="/">All batches</a></p></body></html>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;')
    .replaceAll("'", '&#39;');
}
