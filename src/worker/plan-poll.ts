import type { Config } from '../shared/config/config.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { forecast, type Learned, remainingMs } from '../shared/outlook/forecast.ts';
import { mostSimilar } from '../shared/outlook/size-effect.ts';
import { traitsOf } from '../shared/outlook/traits.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { ImportState } from '../shared/state/import-state.ts';
import { delayAfterLeaving, firstPollDelay, pollDelay } from './poll-delay.ts';
import type { WorkerDeps } from './step.ts';

type Deps = Pick<WorkerDeps, 'config' | 'project' | 'random' | 'clock'>;

/** An import in creation, and what this poll knows beside the ledger. */
export type Followed = Extract<ImportState, { status: 'creating' }> & {
  /** When the list of images in creation stopped showing it. */
  readonly leftAt?: number;
  /** When IMS ended the job, by the fleet's clock. */
  readonly endedAt?: number;
};

/** Milliseconds until the first poll of an import that was just accepted. */
export async function planFirstPoll(deps: Deps, entry: LedgerEntry): Promise<number> {
  const usual = forecast({ elapsedMs: 0 }, await learnedOf(deps, entry));
  return firstPollDelay(deps.config.poll, usual, deps.random.next());
}

/** Milliseconds until the next poll of an import that is still running. */
export async function planNextPoll(
  deps: Deps,
  entry: LedgerEntry,
  state: Followed,
): Promise<number> {
  const { poll } = deps.config;
  const now = deps.clock.now();
  if (state.leftAt !== undefined) return delayAfterLeaving(poll, Math.max(0, now - state.leftAt));
  const elapsedMs = Math.max(0, now - state.since);
  const { progress } = state;
  const observed = omitUndefined({ elapsedMs, progress });
  const expected = forecast(observed, await learnedOf(deps, entry));
  const running = { elapsedMs, stuckMs: stuckMs(entry, state, now), chance: deps.random.next() };
  return pollDelay(poll, omitUndefined({ ...running, forecast: expected }));
}

function stuckMs({ state: before }: LedgerEntry, { progress }: Followed, now: number): number {
  if (before.status !== 'creating' || before.movedAt === undefined) return 0;
  const isStuck = progress !== undefined && before.progress === progress;
  return isStuck ? Math.max(0, now - before.movedAt) : 0;
}

/** When this share of similar imports is over, it is time to check whether the list has missed one. */
const LIKELY_OVER_SHARE = 0.95;

/**
 * Milliseconds until an import that the list shows is most likely over: when to check whether the list has
 * missed that. `undefined` where nothing was learned.
 */
export async function planLastPoll(
  deps: Deps,
  entry: LedgerEntry,
  { since }: Followed,
): Promise<number | undefined> {
  const elapsedMs = Math.max(0, deps.clock.now() - since);
  const expected = forecast({ elapsedMs }, await learnedOf(deps, entry));
  return expected && Math.round(remainingMs(expected, elapsedMs, LIKELY_OVER_SHARE));
}

async function learnedOf(
  { project }: Pick<WorkerDeps, 'project'>,
  entry: LedgerEntry,
): Promise<Learned | undefined> {
  const { classes, sizes } = traitsOf(entry.request, entry.file);
  return mostSimilar(await project.durations.learned(classes), sizes);
}

/** How long an import took, for those that come after it. Adopted ones prove nothing. */
export async function learnDuration(
  deps: Deps,
  entry: LedgerEntry,
  state: Followed,
): Promise<void> {
  if (state.jobId === undefined || state.adopted) return;
  const tookMs = (state.endedAt ?? deps.clock.now()) - state.since;
  // The fleet's time stood still meanwhile: nobody knows how long it took.
  if (tookMs > 0) await deps.project.durations.learn(traitsOf(entry.request, entry.file), tookMs);
}

type Poll = Config['poll'];

/** This many imports make one list as cheap as an occasional poll of each. */
const IMPORTS_A_LIST = 8;
/** The shortest and the longest pause between two lists, in POLL_MIN. A place stays empty for half of it. */
const LIST_PAUSE_POLL_MIN = { shortest: 0.6, longest: 2 };
/** Gateways count by the second. */
const PROMOTED_APART_MS = 500;
/** An import that the list keeps showing is polled this seldom, in POLL_MAX. */
const LISTED_POLL_MAX = 5;

/** Milliseconds between two reads of the list of images in creation. */
export function listPauseMs({ minMs }: Pick<Poll, 'minMs'>, inFlight: number): number {
  const { shortest, longest } = LIST_PAUSE_POLL_MIN;
  return minMs * Math.min(longest, Math.max(shortest, IMPORTS_A_LIST / inFlight));
}

/** Milliseconds between the polls that one list promotes: each is two reads and, soon after, a create. */
export function promotedApartMs({ minMs }: Pick<Poll, 'minMs'>, promoted: number): number {
  return Math.min(PROMOTED_APART_MS, minMs / Math.max(1, promoted));
}

/** The longest time without a poll of an import that the list shows. */
export function listedLongestMs({ maxMs }: Pick<Poll, 'maxMs'>): number {
  return LISTED_POLL_MAX * maxMs;
}

/** When to check whether the list has missed an import that is most likely over in `likelyMs`. */
export function listedDelayMs(poll: Pick<Poll, 'maxMs'>, likelyMs: number | undefined): number {
  return Math.max(poll.maxMs, Math.min(likelyMs ?? 0, listedLongestMs(poll)));
}
