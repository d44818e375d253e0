import { html, type Markup } from '../../producer/report/html/markup.ts';
import { mark } from '../../producer/report/html/states.ts';
import { shown, whole } from '../../producer/report/html/wording.ts';
import { verdictOf } from '../../shared/dialect/error-catalogue.ts';
import type { BatchSummary, FailureCount } from '../../shared/ledger/batch-store.ts';
import { viewQuery } from '../live/view.ts';
import { batchPath } from './addresses.ts';
import type { Viewer } from './page-frame.ts';

const MOST_CODES = 20;

/** Failures by code, with what to do. */
export function troubleSection(summary: BatchSummary, { mayChange }: Viewer): Markup | undefined {
  if (summary.troubles.length === 0) return undefined;
  const rest = summary.troubles.length - MOST_CODES;
  return html`<section class="card" aria-labelledby="failures-title"><h2 id="failures-title">What needs attention</h2>
<ul class="failures">${summary.troubles.slice(0, MOST_CODES).map((one) => trouble(summary.batch, one, mayChange))}</ul>
${rest > 0 ? html`<p class="note">${whole(rest, 'more code')}, in the list below.</p>` : undefined}</section>`;
}

function trouble(batch: string, { kind, code, count }: FailureCount, mayChange: boolean): Markup {
  const query = viewQuery({ look: kind, search: code, isDescending: false, page: 1 });
  const words = kind === 'held' ? 'held for you' : 'failed';
  const advice =
    kind === 'held'
      ? 'Whether IMS has created it cannot be told. See what its list shows now, and decide.'
      : adviceOn(code);
  const path = batchPath(batch);
  const act = kind === 'held' ? 'resolve' : `retry?code=${encodeURIComponent(code)}`;
  const button = html`<a class="button quiet" href="${path}/${act}">${kind === 'held' ? 'Resolve' : 'Retry these'}<span class="unseen"> with ${shown(code)}</span>…</a>`;
  return html`<li id="trouble-${kind}-${encodeURIComponent(code)}"><div class="failure-head">${mark(kind)}<h3><code>${shown(code)}</code></h3><span class="count">${whole(count, 'image')} ${words}</span>
<span class="quiet-row"><a class="button quiet" data-view href="${path}${query}">Show<span class="unseen"> images with ${shown(code)}</span></a>${mayChange ? button : undefined}</span></div>
${advice === undefined ? undefined : html`<p class="advice"><b>What to do</b> ${advice}</p>`}</li>`;
}

function adviceOn(code: string): string | undefined {
  const verdict = verdictOf(code);
  return verdict && `${verdict.reason} ${verdict.advice}`;
}
