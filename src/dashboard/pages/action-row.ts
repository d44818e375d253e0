import { isFinished } from '../../producer/progress.ts';
import { html, type Markup } from '../../producer/report/html/markup.ts';
import { shown, whole } from '../../producer/report/html/wording.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { batchPath, reportPath } from './addresses.ts';
import type { Viewer } from './page-frame.ts';

/** What can be done with a batch now; to who may only look, the commands that do it. */
export function actionRow(summary: BatchSummary, viewer: Viewer): Markup {
  const { batch } = summary;
  const links = html`<a class="button" href="${reportPath(batch)}">Report</a><a class="button" href="/queues/">Queues</a>`;
  const choices = choicesOf(summary);
  if (viewer.mayChange) {
    const buttons = choices.map(
      ({ action, label }) =>
        html`<a class="button act" href="${batchPath(batch)}/${action}">${label}…</a>`,
    );
    return html`<div class="actions">${buttons}${links}</div>`;
  }
  const commands = choices.map(
    ({ label, command }) =>
      html`<li>${label}: <code>ims-ferry ${command} ${shown(quoted(batch))}</code></li>`,
  );
  return html`<div class="actions">${links}</div>
${commands.length > 0 ? html`<details class="commands"><summary>What can be done here</summary><ul>${commands}</ul></details>` : undefined}`;
}

interface Choice {
  readonly action: 'pause' | 'resume' | 'retry' | 'resolve';
  readonly label: string;
  readonly command: string;
}

function choicesOf(summary: BatchSummary): readonly Choice[] {
  const { counts, isPaused } = summary;
  const choices: Choice[] = [];
  if (isPaused) choices.push({ action: 'resume', label: 'Resume', command: 'resume' });
  else if (!isFinished(summary)) {
    choices.push({ action: 'pause', label: 'Pause', command: 'pause' });
  }
  if (counts.failed > 0) {
    const label = `Retry ${whole(counts.failed)} failed`;
    choices.push({ action: 'retry', label, command: 'retry' });
  }
  if (counts.held > 0) {
    const label = `Resolve ${whole(counts.held)} held`;
    choices.push({ action: 'resolve', label, command: 'resolve' });
  }
  return choices;
}

/** Fit for a shell. */
function quoted(batch: string): string {
  return /^[\w./:@%+,-]+$/.test(batch) ? batch : `'${batch.replaceAll("'", "'\\''")}'`;
}
