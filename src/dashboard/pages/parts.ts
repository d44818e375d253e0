import type { StopStatus } from '../../producer/batch-status.ts';
import type { BatchView } from '../../producer/live/overview.ts';
import { html, type Markup } from '../../producer/report/html/markup.ts';
import { mark } from '../../producer/report/html/states.ts';
import { shown, whole } from '../../producer/report/html/wording.ts';
import { formatSpan } from '../../producer/report/times.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { type ForeignAlarm, othersText } from '../../shared/ledger/foreign.ts';
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
      : html` ${whole(needs, 'image')} ${needs === 1 ? 'waits' : 'wait'}${free === null ? '' : `, the quota has room for ${whole(free)}`}.`;
  // What is wrong with Redis ends by itself.
  const isStop = !code.startsWith('REDIS_');
  const button = isStop && viewer.mayChange;
  return html`<section class="banner is-failed" role="alert">${mark('failed')}<div>
<p><b>Nothing is submitted: <code>${shown(code)}</code></b></p>
<p><bdi>${shown(message)}</bdi>${missing}</p>${advice === undefined ? undefined : html`<p><bdi>${shown(advice)}</bdi></p>`}</div>
${button ? html`<a class="button" href="/stop/resume">Go on…</a>` : undefined}</section>`;
}

/** Another installation works on the project; to resume a batch settles it. */
export function othersBanner(alarm: ForeignAlarm | undefined): Markup | undefined {
  if (!alarm) return undefined;
  return html`<section class="banner is-failed" role="alert">${mark('failed')}<div>
<p><b>Another installation works on this project</b></p>
<p><bdi>${shown(othersText(alarm))}</bdi></p></div></section>`;
}

/** ` · 12 a minute · 3h 20m left`, as far as it can be told. */
export function paceText({ summary, perMinute, etaMs }: BatchView): string {
  const parts = [];
  if (perMinute !== undefined) parts.push(`${paceOf(perMinute)} a minute`);
  if (etaMs !== undefined && !summary.isPaused) parts.push(`${formatSpan(etaMs)} left`);
  return parts.map((part) => ` · ${part}`).join('');
}

export function paceOf(perMinute: number): string {
  return perMinute > 0 && perMinute < 10 ? perMinute.toFixed(1) : whole(Math.round(perMinute));
}

/** Failures by code, each a link to those images. */
export function troubleList(
  { troubles }: BatchSummary,
  path: string,
  most: number,
): Markup | undefined {
  if (troubles.length === 0) return undefined;
  const items = troubles.slice(0, most).map(({ kind, code, count }) => {
    const query = viewQuery({ look: kind, search: code, isDescending: false, page: 1 });
    return html`<li><a class="trouble" href="${path}${query}">${mark(kind)}<code>${shown(code)}</code> <b>${whole(count)}</b></a></li>`;
  });
  const rest = troubles.length - items.length;
  return html`<ul class="troubles" aria-label="Failures by code">${items}${rest > 0 ? html`<li class="note">and ${whole(rest, 'more code')}</li>` : undefined}</ul>`;
}

/** What was begun from here: under way, and what ended in the last minute. */
export function taskList(tasks: readonly Task[], at: number): Markup | undefined {
  const recent = tasks.filter(({ endedAt }) => endedAt === undefined || at - endedAt < 60_000);
  if (recent.length === 0) return undefined;
  return html`<ul class="tasks" role="status">${recent.map(
    ({ id, state, text }) =>
      html`<li id="task-${id}" class="is-${LOOK_OF_TASK[state]}">${mark(LOOK_OF_TASK[state])}<span>${text}</span></li>`,
  )}</ul>`;
}

const LOOK_OF_TASK = { running: 'creating', done: 'succeeded', failed: 'failed' } as const;
