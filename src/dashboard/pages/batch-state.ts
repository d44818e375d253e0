import { isFinished } from '../../producer/progress.ts';
import { html, type Markup } from '../../producer/report/html/markup.ts';
import { type Look, mark } from '../../producer/report/html/states.ts';
import { shown, whole } from '../../producer/report/html/wording.ts';
import { utcTime } from '../../producer/report/times.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';

/** Where a batch as a whole stands, in words. */
export function stateOf(summary: BatchSummary): { readonly look: Look; readonly text: string } {
  const { counts, total, isPaused } = summary;
  const troubled = counts.failed + counts.unknown + counts.cancelled;
  if (!isFinished(summary)) {
    const done = `${whole(counts.succeeded)} of ${whole(total)} imported`;
    return isPaused
      ? { look: 'pending', text: `Paused, ${done}` }
      : { look: 'creating', text: `In progress, ${done}` };
  }
  if (troubled === 0) return { look: 'succeeded', text: `All ${whole(total, 'image')} imported` };
  const look = counts.failed > 0 ? 'failed' : counts.held > 0 ? 'held' : 'cancelled';
  return { look, text: `${whole(troubled)} of ${whole(total, 'image')} not imported` };
}

/** Its name, where it stands and when it ran. */
export function batchHead(summary: BatchSummary): Markup {
  const { batch, createdAt, finishedAt } = summary;
  const { look, text } = stateOf(summary);
  const ended =
    finishedAt === undefined
      ? undefined
      : html`<div><dt>Ended</dt><dd>${utcTime(finishedAt)} UTC</dd></div>`;
  return html`<p class="kicker">Batch</p>
<h1><bdi>${shown(batch)}</bdi></h1>
<p class="outcome is-${look}">${mark(look)}<span>${text}</span></p>
<dl class="facts"><div><dt>Began</dt><dd>${utcTime(createdAt)} UTC</dd></div>${ended}</dl>`;
}
