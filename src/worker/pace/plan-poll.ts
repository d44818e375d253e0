import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { ImportState } from '../../shared/state/import-state.ts';
import type { WorkerDeps } from '../worker-deps.ts';
import { durationClasses } from './duration-class.ts';
import { forecast, type Learned, remainingMs } from './forecast.ts';
import { MOST } from './list-pace.ts';
import { delayAfterLeaving, firstPollDelay, pollDelay } from './poll-delay.ts';

type Deps = Pick<WorkerDeps, 'config' | 'project' | 'random' | 'clock'>;

/** An import in creation, and what this poll knows beside the ledger. */
export type Followed = Extract<ImportState, { status: 'creating' }> & {
  /** When the list of images being created was found not to show it any more. */
  readonly leftAt?: number;
  /** When IMS ended the job, by the fleet's clock. */
  readonly endedAt?: number;
  /** By when the ledger has to hear of an import whose queue job has stayed here. */
  readonly tellBy?: number;
  /** Its queue job may stay here until a next poll that is near. */
  readonly mayStay?: boolean;
};

/** Milliseconds until the first poll of an import that was just accepted. */
export async function planFirstPoll(deps: Deps, entry: LedgerEntry): Promise<number> {
  const usual = forecast({ elapsedMs: 0 }, await learnedOf(deps, entry));
  return firstPollDelay(deps.config.poll, usual, deps.random.next());
}

/** Milliseconds until the next poll of an import that still runs. */
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
  const expected = forecast(
    { elapsedMs, ...(progress === undefined ? {} : { progress }) },
    await learnedOf(deps, entry),
  );
  return pollDelay(poll, {
    elapsedMs,
    stuckMs: stuckMs(entry, state, now),
    chance: deps.random.next(),
    ...(expected === undefined ? {} : { forecast: expected }),
  });
}

/**
 * Milliseconds until an import that the list shows is over, most likely: when to look whether the list
 * has missed that. `undefined` where nothing was learned.
 */
export async function planLastPoll(
  deps: Deps,
  entry: LedgerEntry,
  { since }: Followed,
): Promise<number | undefined> {
  const elapsedMs = Math.max(0, deps.clock.now() - since);
  const expected = forecast({ elapsedMs }, await learnedOf(deps, entry));
  return expected && Math.round(remainingMs(expected, elapsedMs, MOST));
}

function stuckMs({ state: before }: LedgerEntry, { progress }: Followed, now: number): number {
  if (before.status !== 'creating' || progress === undefined) return 0;
  return before.progress === progress && before.movedAt !== undefined
    ? Math.max(0, now - before.movedAt)
    : 0;
}

/** Of its own class where enough is known of that, else of its kind. */
async function learnedOf(
  { project }: Pick<WorkerDeps, 'project'>,
  entry: LedgerEntry,
): Promise<Learned | undefined> {
  const [own, kind] = await project.durations.learned(durationClasses(entry.request));
  return own !== undefined && own.samples >= 3 ? own : kind;
}

/** What an import has taken, for those that come after it. Adopted ones tell nothing. */
export async function learnDuration(
  deps: Deps,
  entry: LedgerEntry,
  state: Followed,
): Promise<void> {
  if (state.jobId === undefined || state.adopted) return;
  const tookMs = (state.endedAt ?? deps.clock.now()) - state.since;
  // The fleet's time stood still meanwhile: how long it took nobody knows.
  if (tookMs > 0) await deps.project.durations.learn(durationClasses(entry.request), tookMs);
}
