import { html, type Markup } from '../../ui/markup.ts';
import { type DisplayState, stateIcon } from '../../ui/states.ts';
import type { Task } from '../actions/tasks.ts';

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
