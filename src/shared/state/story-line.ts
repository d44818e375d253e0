import type { ImportEvent } from './import-event.ts';
import type { ImportState, Progress, Reason } from './import-state.ts';

const LONGEST_REASON = 240;

/**
 * What a change means to a person, in one line; `undefined` when it means nothing: a poll that found
 * the same. Texts of the cloud are cut, and hold no line break.
 */
export function storyLine(
  before: Progress,
  next: Progress,
  event: ImportEvent,
): string | undefined {
  const stray = strayLine(before, next);
  const moved = movedLine(before, next, event);
  const text = [moved, stray].filter((one) => one !== undefined).join('; ');
  return text === '' ? undefined : oneLine(text);
}

function movedLine(before: Progress, next: Progress, event: ImportEvent): string | undefined {
  const { state } = next;
  if (event.type === 'retry' || event.type === 'recreate') {
    return `attempt ${next.attempt}${state.status === 'pending' ? '' : `: ${stateText(state, next)}`}`;
  }
  if (event.type === 'gone' && event.isProven) {
    return `list and image reads agree: ${before.seenImageIds.join(', ') || 'the old image'} is gone`;
  }
  if (isSame(before.state, state)) return undefined;
  const who = event.type === 'resolved' || event.type === 'cancel' ? 'a person decided: ' : '';
  const found = event.type === 'found' && state.status !== 'pending' ? 'found in the list: ' : '';
  return `${who}${found}${stateText(state, next)}`;
}

function isSame(before: ImportState, next: ImportState): boolean {
  return (
    before.status === next.status &&
    isHeld(before) === isHeld(next) &&
    isLate(before) === isLate(next)
  );
}

function isHeld(state: ImportState): boolean {
  return state.status === 'unknown' && state.held;
}

function isLate(state: ImportState): boolean {
  return state.status === 'creating' && state.overdue === true;
}

function stateText(state: ImportState, { epoch }: Progress): string {
  switch (state.status) {
    case 'pending':
      return `waits to be sent again${state.lastReason ? `: ${reasonText(state.lastReason)}` : ''}`;
    case 'submitting':
      return `create ${epoch} is sent`;
    case 'creating':
      if (state.overdue) return 'IMS works on it for more than a day';
      return state.jobId === undefined
        ? `IMS creates image ${state.imageId ?? ''}`
        : `accepted, IMS job ${state.jobId}`;
    case 'unknown':
      return `${state.held ? 'held for a person' : 'not known, looked up'}: ${reasonText(state.reason)}`;
    case 'succeeded':
      return `succeeded, image ${state.imageId}`;
    case 'failed':
      return `failed: ${reasonText(state.reason)}`;
    case 'cancelled':
      return 'cancelled';
  }
}

function reasonText({ code, message, requestId }: Reason): string {
  const id = requestId === undefined ? '' : ` (request ${requestId})`;
  return `${code}: ${message}`.slice(0, LONGEST_REASON) + id.slice(0, 80);
}

function strayLine(before: Progress, next: Progress): string | undefined {
  const jobs = next.strayJobIds.filter((id) => !before.strayJobIds.includes(id));
  const images = next.strayImageIds.filter((id) => !before.strayImageIds.includes(id));
  const all = [...jobs.map((id) => `IMS job ${id}`), ...images.map((id) => `image ${id}`)];
  return all.length === 0 ? undefined : `double: an older create had ${all.join(', ')}`;
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\u2028\u2029]+/gu, ' ').trim();
}
