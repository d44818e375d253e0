import type { StopStatus } from '../../producer/batch-status.ts';
import { type ForeignAlarm, othersText } from '../../shared/ledger/foreign.ts';
import { formatCount, visible } from '../../ui/format.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { type DisplayState, stateIcon } from '../../ui/states.ts';
import type { Task } from '../actions/tasks.ts';
import type { Viewer } from './page-frame.ts';

/** Above everything else on a page. */
function banner(title: Part, texts: readonly Part[], button?: Part): Markup {
  const lines = texts.filter((text) => text !== undefined).map((text) => html`<p>${text}</p>`);
  return html`<section class="banner is-failed" role="alert">${stateIcon('failed')}<div>
<p><b>${title}</b></p>
${lines}</div>
${button}</section>`;
}

/** Why nothing is submitted. */
export function stopBanner(stop: StopStatus | null, viewer: Viewer): Markup | undefined {
  if (!stop) return undefined;
  const { code, message, advice, needs, free } = stop;
  const room = free === null ? '' : `; the quota has room for ${formatCount(free)}`;
  const missing =
    needs === null
      ? ''
      : ` ${formatCount(needs, 'image')} ${needs === 1 ? 'is' : 'are'} pending${room}.`;
  // Problems of Redis end by themselves.
  const canResume = !code.startsWith('REDIS_') && viewer.mayChange;
  return banner(
    html`Nothing is submitted: <code>${visible(code)}</code>`,
    [html`<bdi>${visible(message)}</bdi>${missing}`, advice && html`<bdi>${visible(advice)}</bdi>`],
    canResume ? html`<a class="button" href="/stop/resume">Resume…</a>` : undefined,
  );
}

/** Another installation works on the project; resuming a batch confirms that this is intended. */
export function othersBanner(alarm: ForeignAlarm | undefined): Markup | undefined {
  if (!alarm) return undefined;
  const text = html`<bdi>${visible(othersText(alarm))}</bdi>`;
  return banner('Another installation works on this project', [text]);
}

const SHOWN_AFTER_END_MS = 60_000;
const TASK_STATE: Readonly<Record<Task['state'], DisplayState>> = {
  running: 'creating',
  done: 'succeeded',
  failed: 'failed',
};

/** Work that was started from pages: running, or ended in the last minute. */
export function taskList(tasks: readonly Task[], at: number): Markup | undefined {
  const recent = tasks.filter(
    ({ endedAt }) => endedAt === undefined || at - endedAt < SHOWN_AFTER_END_MS,
  );
  if (recent.length === 0) return undefined;
  const items = recent.map(
    ({ id, state, text }) =>
      html`<li id="task-${id}" class="is-${TASK_STATE[state]}">${stateIcon(TASK_STATE[state])}<span>${text}</span></li>`,
  );
  return html`<ul class="tasks" role="status">${items}</ul>`;
}
