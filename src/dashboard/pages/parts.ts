import type { StopStatus } from '../../producer/batch-status.ts';
import type { BatchView } from '../../producer/live/overview.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { type ForeignAlarm, othersText } from '../../shared/ledger/foreign.ts';
import { formatCount, formatRate, formatSpan, visible } from '../../ui/format.ts';
import { html, type Markup } from '../../ui/markup.ts';
import { type DisplayState, stateIcon } from '../../ui/states.ts';
import type { Task } from '../actions/tasks.ts';
import { viewQuery } from '../live/view.ts';
import type { Viewer } from './page-frame.ts';

/** Why nothing is submitted, above everything else. */
export function stopBanner(stop: StopStatus | null, viewer: Viewer): Markup | undefined {
  if (!stop) return undefined;
  const { code, message, advice, needs, free } = stop;
  const missing =
    needs === null
      ? undefined
      : html` ${formatCount(needs, 'image')} ${needs === 1 ? 'is' : 'are'} pending${free === null ? '' : `; the quota has room for ${formatCount(free)}`}.`;
  // Problems of Redis end by themselves.
  const canResume = !code.startsWith('REDIS_') && viewer.mayChange;
  return html`<section class="banner is-failed" role="alert">${stateIcon('failed')}<div>
<p><b>Nothing is submitted: <code>${visible(code)}</code></b></p>
<p><bdi>${visible(message)}</bdi>${missing}</p>${advice === undefined ? undefined : html`<p><bdi>${visible(advice)}</bdi></p>`}</div>
${canResume ? html`<a class="button" href="/stop/resume">Resume…</a>` : undefined}</section>`;
}

/** Another installation works on the project; resuming a batch confirms that this is intended. */
export function othersBanner(alarm: ForeignAlarm | undefined): Markup | undefined {
  if (!alarm) return undefined;
  return html`<section class="banner is-failed" role="alert">${stateIcon('failed')}<div>
<p><b>Another installation works on this project</b></p>
<p><bdi>${visible(othersText(alarm))}</bdi></p></div></section>`;
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

/** A duration in a table, or a dash. */
export function spanText(ms: number | undefined): string {
  return ms === undefined ? '–' : formatSpan(ms);
}
