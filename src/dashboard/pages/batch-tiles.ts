import type { BatchView } from '../../producer/live/overview.ts';
import { isFinished } from '../../producer/progress.ts';
import { html, type Markup } from '../../producer/report/html/markup.ts';
import { tile } from '../../producer/report/html/summary-sections.ts';
import { whole } from '../../producer/report/html/wording.ts';
import { formatSpan } from '../../producer/report/times.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { Snapshot } from '../live/project-watch.ts';
import { paceOf } from './parts.ts';

/** The figures of one batch. */
export function batchTiles({ summary, perMinute, etaMs }: BatchView, snapshot: Snapshot): Markup {
  const { counts, total, batch } = summary;
  const { inFlight, limit, unknownSince, at } = snapshot;
  const here = counts.submitting + counts.creating + counts.unknown - counts.held;
  const share = total === 0 ? 0 : Math.floor((counts.succeeded / total) * 1000) / 10;
  const since = unknownSince.get(batch);
  const all = limit === undefined ? whole(inFlight) : `${whole(inFlight)} of ${whole(limit)}`;
  const left = etaText(summary, etaMs);
  return html`<section class="tiles" aria-label="Figures">
${tile('Imported', whole(counts.succeeded), `of ${whole(total)} · ${share} %`)}
${tile('Waiting', whole(counts.pending), counts.pending === 0 ? 'all were sent' : 'not sent yet')}
${tile('In flight', whole(here), `all batches: ${all}`)}
${tile('Pace', perMinute === undefined ? '–' : paceOf(perMinute), 'images a minute')}
${tile('Time left', left.value, left.note)}
${tile('Oldest unknown', since === undefined ? '–' : formatSpan(at - since), counts.unknown === 0 ? 'every answer is known' : `${whole(counts.unknown)} unknown`)}
</section>`;
}

function etaText(
  summary: BatchSummary,
  etaMs: number | undefined,
): { readonly value: string; readonly note: string } {
  if (isFinished(summary)) return { value: '–', note: 'nothing left to do' };
  if (summary.isPaused) return { value: '–', note: 'paused' };
  return etaMs === undefined
    ? { value: '–', note: 'cannot be told yet' }
    : { value: formatSpan(etaMs), note: 'at this pace' };
}
