import type { Difference, ImportEvent, ImportState, Progress, Reason } from './import-state.ts';
import { nameOf } from './machine.ts';

const LONGEST_REASON = 240;

/**
 * A change in one line, for people; `undefined` for one that means nothing to them, such as a poll without
 * news. Texts of the cloud are cut, and contain no line break.
 */
export function storyLine(
  before: Progress,
  next: Progress,
  event: ImportEvent,
): string | undefined {
  const moved = movedLine(before, next, event);
  const text = [moved, doubleLine(before, next)].filter((one) => one !== undefined).join('; ');
  return text === '' ? undefined : oneLine(text);
}

function movedLine(before: Progress, next: Progress, event: ImportEvent): string | undefined {
  const { state } = next;
  if (event.type === 'retry' || event.type === 'recreate') {
    return `attempt ${next.attempt}${state.status === 'pending' ? '' : `: ${stateText(state, next)}`}`;
  }
  if (event.type === 'updated') return `updated: ${event.fields.join(', ')}`;
  if (event.type === 'gone' && event.isProven) {
    return `list and image reads agree: ${before.seenImageIds.join(', ') || 'the old image'} is gone`;
  }
  if (event.type === 'put-off') return event.reason && `waits: ${reasonText(event.reason)}`;
  if (isSame(before.state, state)) return undefined;
  const who = event.type === 'resolved' || event.type === 'cancel' ? 'a person decided: ' : '';
  const found = event.type === 'found' && state.status !== 'pending' ? 'found in the list: ' : '';
  return `${who}${found}${stateText(state, next)}`;
}

function isSame(before: ImportState, next: ImportState): boolean {
  return nameOf(before) === nameOf(next) && isOverdue(before) === isOverdue(next);
}

function isOverdue(state: ImportState): boolean {
  return state.status === 'creating' && state.overdue === true;
}

function stateText(state: ImportState, { epoch }: Progress): string {
  switch (state.status) {
    case 'pending':
      return `pending again${state.lastReason ? `: ${reasonText(state.lastReason)}` : ''}`;
    case 'submitting':
      return `submitting, create ${epoch}`;
    case 'creating':
      if (state.overdue) return 'IMS has worked on it for more than a day';
      return state.jobId === undefined
        ? `IMS is creating image ${state.imageId ?? ''}`
        : `accepted, IMS job ${state.jobId}`;
    case 'unknown':
      return `${state.held ? 'unknown, held' : 'unknown'}: ${reasonText(state.reason)}`;
    case 'succeeded':
      return `succeeded, image ${state.imageId}${differing(state.differences)}`;
    case 'failed':
      return `failed: ${reasonText(state.reason)}`;
    case 'cancelled':
      return 'cancelled';
  }
}

function differing(differences: readonly Difference[] = []): string {
  return differences.length === 0 ? '' : `, not as requested: ${differencesText(differences)}`;
}

/** `min_disk is 50, not 40; …` */
export function differencesText(differences: readonly Difference[]): string {
  return differences.map(({ field, wanted, is }) => `${field} is ${is}, not ${wanted}`).join('; ');
}

function reasonText({ code, message, requestId }: Reason): string {
  const id = requestId === undefined ? '' : ` (request ${requestId})`;
  return `${code}: ${message}`.slice(0, LONGEST_REASON) + id.slice(0, 80);
}

function doubleLine(before: Progress, next: Progress): string | undefined {
  const jobs = next.lateJobIds.filter((id) => !before.lateJobIds.includes(id));
  const images = next.lateImageIds.filter((id) => !before.lateImageIds.includes(id));
  const all = [...jobs.map((id) => `IMS job ${id}`), ...images.map((id) => `image ${id}`)];
  return all.length === 0 ? undefined : `double: an older create had ${all.join(', ')}`;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
