import {
  type ImportEvent,
  type ImportState,
  type Progress,
  stateVersion,
} from '../../src/shared/state/import-state.ts';
import { type StateName, transition } from '../../src/shared/state/machine.ts';

export const reason = { code: 'X', message: 'x' };
const EPOCH = 3;

export const EXAMPLES: Record<StateName | 'adopted' | 'replacing', ImportState> = {
  pending: { status: 'pending' },
  replacing: { status: 'pending', replaces: ['old'] },
  submitting: { status: 'submitting', sendBy: 10, sender: 'a' },
  creating: { status: 'creating', since: 5, jobId: 'job' },
  adopted: { status: 'creating', since: 5, imageId: 'image' },
  unknown: { status: 'unknown', since: 5, sendBy: 10, reason, held: false, lookUps: 0 },
  held: { status: 'unknown', since: 5, sendBy: 10, reason, held: true, lookUps: 4 },
  succeeded: { status: 'succeeded', imageId: 'image', jobId: 'job' },
  failed: { status: 'failed', reason },
  cancelled: { status: 'cancelled' },
};

export function progress(state: ImportState): Progress {
  return {
    epoch: EPOCH,
    attempt: 1,
    queued: 0,
    lateJobIds: [],
    lateImageIds: [],
    seenImageIds: [],
    state,
  };
}

export const EVENTS = {
  admitted: { type: 'admitted', sendBy: 20, sender: 'b' },
  accepted: { type: 'accepted', epoch: EPOCH, jobId: 'new', at: 1 },
  'accepted late': { type: 'accepted', epoch: EPOCH - 1, jobId: 'old', at: 1 },
  'not sent': { type: 'not-sent', epoch: EPOCH, reason, at: 1 },
  refused: { type: 'refused', epoch: EPOCH, reason, at: 1 },
  'refused late': { type: 'refused', epoch: EPOCH - 1, reason, at: 1 },
  unclear: { type: 'unclear', epoch: EPOCH, reason, at: 1 },
  'unclear again': { type: 'unclear', epoch: EPOCH, reason, at: 1, hold: true },
  'found saving': { of: '', type: 'found', image: { id: 'i', status: 'saving' }, at: 1 },
  'found active': { of: '', type: 'found', image: { id: 'i', status: 'active' }, at: 1 },
  'found many': { of: '', type: 'found-many', imageIds: ['i', 'j'], at: 1 },
  'look again': { type: 'not-found', of: '', verdict: 'look-again', at: 1 },
  resubmit: { type: 'not-found', of: '', verdict: 'resubmit', at: 1 },
  hold: { type: 'not-found', of: '', verdict: 'hold', at: 1 },
  disputed: {
    of: '',
    type: 'disputed',
    reason,
    imageIds: ['i'],
    areOurs: false,
    at: 1,
  },
  seen: { type: 'seen', imageIds: ['i'] },
  'gone once': { of: '', type: 'gone', isProven: false, at: 1 },
  'gone for sure': { of: '', type: 'gone', isProven: true, at: 1 },
  polled: { of: '', type: 'polled', at: 1, overdue: false, lost: false, progress: 0.5 },
  'seen listed': { of: '', type: 'probed', listed: true },
  succeeded: { of: '', type: 'succeeded', imageId: 'i', otherImageIds: [] },
  failed: { of: '', type: 'failed', reason },
  lost: { of: '', type: 'lost', reason, at: 1, hold: false },
  contradicted: { of: '', type: 'lost', reason, at: 1, hold: true },
  'created again by a person': { of: '', type: 'resolved', verdict: 'resubmit', reason, at: 1 },
  'given up by a person': { of: '', type: 'resolved', verdict: 'fail', reason, at: 1 },
  updated: { of: '', type: 'updated', fields: ['description'] },
  'source failed': { of: '', type: 'source-ended', reason },
  'waits for its cloud': { of: '', type: 'put-off', reason },
  cancel: { type: 'cancel' },
  retry: { type: 'retry', at: 1 },
  recreate: { type: 'recreate', at: 1 },
} as const satisfies Record<string, ImportEvent>;

/** As after a fresh read. */
function pinned(now: Progress, event: ImportEvent): ImportEvent {
  return 'of' in event ? { ...event, of: stateVersion(now) } : event;
}

export function apply(now: Progress, event: ImportEvent): Progress | undefined {
  return transition(now, pinned(now, event));
}

/** What an older intent may have left beside any state. */
export const LEFT: readonly Partial<Progress>[] = [
  {},
  { lateJobIds: ['late'] },
  { lateImageIds: ['late'] },
  { seenImageIds: ['seen'] },
];
