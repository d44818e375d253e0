import type { StopStatus } from '../../producer/batch-status.ts';
import type { BatchView } from '../../producer/live/overview.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { type ForeignAlarm, othersText } from '../../shared/ledger/foreign.ts';
import { formatCount, formatRate, formatSpan, visible } from '../../ui/format.ts';
import { html, type Markup, type Part } from '../../ui/markup.ts';
import { type DisplayState, stateIcon } from '../../ui/states.ts';
import type { Task } from '../actions/tasks.ts';
import { viewQuery } from '../live/view.ts';
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

/** ` · 12 a minute · 3h 20m left`, as far as it is known. */
export function paceText({ summary, perMinute, etaMs }: BatchView): string {
  const parts = [];
  if (perMinute !== undefined) parts.push(`${formatRate(perMinute)} a minute`);
  if (etaMs !== undefined && !summary.isPaused) parts.push(`${formatSpan(etaMs)} left`);
  return parts.map((part) => ` · ${part}`).join('');
}

/** Failures by code, each a link to its images. */
export function failureLinks(
  { troubles }: BatchSummary,
  path: string,
  max: number,
): Markup | undefined {
  if (troubles.length === 0) return undefined;
  const items = troubles.slice(0, max).map(({ kind, code, count }) => {
    const query = viewQuery({ state: kind, search: code, isDescending: false, page: 1 });
    return html`<li><a class="trouble" href="${path}${query}">${stateIcon(kind)}<code>${visible(code)}</code> <b>${formatCount(count)}</b></a></li>`;
  });
  const rest = troubles.length - items.length;
  return html`<ul class="troubles" aria-label="Failures by code">${items}${rest > 0 ? html`<li class="note">and ${formatCount(rest, 'more code')}</li>` : undefined}</ul>`;
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
