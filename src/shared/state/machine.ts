import {
  type ImportEvent,
  type ImportState,
  type Progress,
  type Status,
  stateVersion,
} from './import-state.ts';
import * as rules from './rules.ts';

/** An unknown import that waits for a person is held; the ledger stores it as unknown with a flag. */
export type StateName = Status | 'held';

/**
 * Every state. `open` and `in flight` ones still move by themselves; those in flight may be at work in
 * IMS and hold a place. `image`: whether the import has an image that no other import may have, or maybe
 * one that nobody knows. Lua scripts, sums of counts and the table in docs/design.md follow from this.
 */
export const STATES = {
  pending: { stage: 'open', image: 'none', means: 'registered, not submitted' },
  submitting: {
    stage: 'in flight',
    image: 'none',
    means: 'the intent is written, the answer is awaited',
  },
  creating: { stage: 'in flight', image: 'own', means: 'IMS has accepted' },
  unknown: { stage: 'in flight', image: 'maybe', means: 'nobody can say whether IMS accepted' },
  held: { stage: 'held', image: 'maybe', means: 'unknown, and waiting for a person' },
  succeeded: { stage: 'ended', image: 'own', means: 'the image is active' },
  failed: { stage: 'ended', image: 'none', means: 'IMS refused, or gave up' },
  cancelled: { stage: 'ended', image: 'none', means: 'cancelled before it was submitted' },
} as const satisfies Record<StateName, StateFacts>;

interface StateFacts {
  readonly stage: 'open' | 'in flight' | 'held' | 'ended';
  readonly image: 'none' | 'maybe' | 'own';
  readonly means: string;
}

type Row = Partial<Record<ImportEvent['type'], readonly StateName[]>>;

/**
 * What may follow, by state and event. An event that is not in the row changes nothing. The state itself
 * means that only a fact is added (evidence, a poll); where several are listed, the rule decides.
 */
export const FOLLOWS: Readonly<Record<StateName, Row>> = {
  pending: {
    admitted: ['submitting'],
    accepted: ['creating'],
    found: ['creating', 'succeeded'],
    'found-many': ['held'],
    disputed: ['held'],
    gone: ['pending'],
    seen: ['pending'],
    'source-ended': ['failed'],
    'put-off': ['pending'],
    cancel: ['cancelled'],
  },
  submitting: {
    accepted: ['creating', 'submitting'],
    'not-sent': ['pending', 'creating'],
    refused: ['failed', 'creating'],
    unclear: ['unknown', 'held'],
    found: ['creating', 'succeeded', 'submitting'],
    'found-many': ['held'],
    disputed: ['held'],
    seen: ['submitting'],
  },
  creating: {
    polled: ['creating'],
    probed: ['creating'],
    succeeded: ['succeeded'],
    failed: ['failed'],
    lost: ['unknown', 'held'],
    accepted: ['creating'],
    found: ['creating'],
    disputed: ['held'],
    seen: ['creating'],
  },
  unknown: {
    accepted: ['creating', 'unknown'],
    found: ['creating', 'succeeded'],
    'found-many': ['held'],
    'not-found': ['unknown', 'held', 'pending', 'creating'],
    disputed: ['held'],
    resolved: ['pending', 'failed', 'creating'],
    seen: ['unknown'],
  },
  held: {
    accepted: ['creating', 'held'],
    found: ['creating', 'succeeded'],
    'found-many': ['held'],
    disputed: ['held'],
    resolved: ['pending', 'failed', 'creating'],
    seen: ['held'],
  },
  succeeded: {
    accepted: ['succeeded'],
    found: ['succeeded'],
    recreate: ['pending', 'creating'],
    seen: ['succeeded'],
    updated: ['succeeded'],
  },
  failed: {
    accepted: ['failed'],
    found: ['creating', 'succeeded'],
    'found-many': ['held'],
    disputed: ['held'],
    retry: ['pending', 'creating'],
    seen: ['failed'],
  },
  cancelled: {
    accepted: ['cancelled'],
    retry: ['pending', 'creating'],
    seen: ['cancelled'],
  },
};

/**
 * The state machine: the only place that makes a new state. Returns `undefined` when the event does not
 * apply. Evidence is never dropped: a job id or an image that fits no state is kept as a late one.
 */
export function transition(now: Progress, event: ImportEvent): Progress | undefined {
  if (FOLLOWS[nameOf(now.state)][event.type] === undefined) return undefined;
  // What was concluded from a read counts only for the state that was read. An image stays evidence.
  const isStale = 'of' in event && event.of !== stateVersion(now);
  if (isStale && event.type !== 'found') return undefined;
  switch (event.type) {
    case 'admitted':
      return rules.admitted(now, event);
    case 'accepted':
      return rules.accepted(now, event);
    case 'not-sent':
    case 'refused':
    case 'unclear':
      return rules.answered(now, event);
    case 'found':
      return rules.found(now, event);
    case 'found-many':
      return rules.foundMany(now, event);
    case 'not-found':
      return rules.notFound(now, event);
    case 'disputed':
      return rules.disputed(now, event);
    case 'seen':
      return rules.seen(now, event);
    case 'gone':
      return rules.gone(now, event);
    case 'put-off':
      return rules.putOff(now, event);
    case 'source-ended':
      return rules.sourceEnded(now, event);
    case 'polled':
    case 'probed':
    case 'succeeded':
    case 'failed':
    case 'lost':
      return rules.followed(now, event);
    case 'resolved':
      return rules.resolved(now, event);
    case 'updated':
      return now;
    case 'cancel':
      return { ...now, state: { status: 'cancelled' } };
    case 'retry':
    case 'recreate':
      return rules.again(now, event);
  }
}

export function nameOf(state: ImportState): StateName {
  return state.status === 'unknown' && state.held ? 'held' : state.status;
}

/** True once nothing more will happen by itself: it has its outcome, or is held. */
export function isSettled(state: ImportState): boolean {
  const { stage } = STATES[nameOf(state)];
  return stage === 'ended' || stage === 'held';
}

/** True while IMS may be working on it: it holds a place among the images in flight. */
export function isInFlight(state: ImportState): boolean {
  return STATES[nameOf(state)].stage === 'in flight';
}

/** The statuses that the ledger stores, in the order of an import's life. */
export const STATUSES: readonly Status[] = Object.keys(STATES).filter(isStatus);

export type EndedStatus = {
  [S in Status]: (typeof STATES)[S]['stage'] extends 'ended' ? S : never;
}[Status];
export const ENDED_STATUSES: readonly EndedStatus[] = STATUSES.filter(isEnded);
/** Not ended; the held ones among them are counted beside. */
export const OPEN_STATUSES: readonly Status[] = STATUSES.filter((status) => !isEnded(status));
export const IN_FLIGHT_STATUSES: readonly Status[] = STATUSES.filter(
  (status) => STATES[status].stage === 'in flight',
);

export const OWN_IMAGE_STATUSES: readonly Status[] = STATUSES.filter(
  (status) => STATES[status].image === 'own',
);

export function isStatus(name: string): name is Status {
  return name !== 'held' && Object.hasOwn(STATES, name);
}

export function isEnded(status: Status): status is EndedStatus {
  return STATES[status].stage === 'ended';
}
