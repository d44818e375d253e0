import { isFinished } from '../../producer/progress.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { shellQuoted } from '../../shared/text/shell-quoted.ts';
import { formatCount, visible } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';
import { batchPath, downloadPath, reportPath } from '../addresses.ts';
import type { Viewer } from './page-frame.ts';

/** What can be done with a batch now: buttons, and for what cannot be done here the commands. */
export function batchButtons(summary: BatchSummary, viewer: Viewer): Markup {
  const { batch } = summary;
  const all = choicesOf(summary);
  const canPress = ({ action }: Choice): boolean =>
    viewer.mayChange && (action !== 'resolve' || viewer.mayResolve);
  const buttons = all
    .filter(canPress)
    .map(
      ({ action, label }) =>
        html`<a class="button ${action === 'cancel' ? 'grave' : 'act'}" href="${batchPath(batch)}/${action}">${label}…</a>`,
    );
  const commands = all
    .filter((choice) => !canPress(choice))
    .map(
      ({ label, action }) =>
        html`<li>${label}: <code>ims-ferry ${action} ${visible(shellQuoted(batch))}</code></li>`,
    );
  return html`<div class="actions">${buttons}<a class="button" href="${reportPath(batch)}">Report</a>
<a class="button" href="${downloadPath(batch, 'csv')}" download>CSV<span class="unseen"> of all images</span></a><a class="button" href="${downloadPath(batch, 'json')}" download>JSON<span class="unseen"> of all images</span></a></div>
${commands.length > 0 ? html`<details class="commands note"><summary>Commands for this batch</summary><ul>${commands}</ul></details>` : undefined}`;
}

interface Choice {
  /** The command has the same name. */
  readonly action: 'pause' | 'resume' | 'retry' | 'resolve' | 'cancel';
  readonly label: string;
}

function choicesOf(summary: BatchSummary): readonly Choice[] {
  const { counts, isPaused, archiving } = summary;
  const choices: Choice[] = [];
  if (isPaused) choices.push({ action: 'resume', label: 'Resume' });
  else if (!isFinished(summary)) choices.push({ action: 'pause', label: 'Pause' });
  // Some of its images are only in the archive file.
  if (counts.failed > 0 && archiving?.phase !== 'removing') {
    choices.push({ action: 'retry', label: `Retry ${formatCount(counts.failed)} failed` });
  }
  if (counts.held > 0) {
    choices.push({ action: 'resolve', label: `Resolve ${formatCount(counts.held)} held` });
  }
  if (counts.pending > 0) {
    choices.push({ action: 'cancel', label: `Cancel ${formatCount(counts.pending)} pending` });
  }
  return choices;
}
