import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { listedDelayMs, listedLongestMs } from '../pace/list-pace.ts';
import { type Followed, planLastPoll } from '../pace/plan-poll.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';

/** In POLL_MIN: an older sighting tells nothing. */
const FRESH = 5;
/** An import that runs on for so long after its image has left the list was not done. */
const WRONG_MS = 60_000;

export type Seen =
  /** The list shows it: no poll is needed. */
  | { readonly kind: 'skip'; readonly step: Step }
  | { readonly kind: 'poll'; readonly state: Followed };

/** What the list of images being created tells about polling this import. */
export async function readSighting(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Followed,
): Promise<Seen> {
  const { clock, config, project, ledger } = deps;
  const sighting = await project.listing.of(entry.key);
  if (sighting === undefined) return { kind: 'poll', state };
  const now = clock.now();
  if (sighting.kind === 'left') {
    // Of an earlier attempt.
    if (sighting.at < state.since) return { kind: 'poll', state };
    return { kind: 'poll', state: { ...state, leftAt: sighting.at } };
  }
  const { minMs } = config.poll;
  const isFresh = now - sighting.at < FRESH * minMs && sighting.at >= state.since;
  const isDue = now - (state.polledAt ?? state.since) >= listedLongestMs(config.poll);
  if (!isFresh || isDue || state.jobId === undefined) return { kind: 'poll', state };
  // It is not forgotten: the list is watched, and this comes back.
  const delayMs = listedDelayMs(config.poll, await planLastPoll(deps, entry, state));
  await ledger.putOff([entry.key], now + delayMs + 2 * config.lockMs);
  return { kind: 'skip', step: { kind: 'again', delayMs } };
}

/** Learns whether images that left the list were done; gives the list up where they were not. */
export async function judgeSighting(
  deps: WorkerDeps,
  { leftAt, polledAt }: Followed,
  isDone: boolean,
): Promise<void> {
  if (leftAt === undefined) return;
  const crossing = leftAt + WRONG_MS;
  const isLate = deps.clock.now() > crossing && (polledAt ?? 0) <= crossing;
  if (!isDone && !isLate) return;
  if (!(await deps.project.listing.judge(isDone ? 'right' : 'wrong'))) return;
  await deps.project.listing.turnOff();
  deps.log.info('images leave the list before they are done: they are polled one by one');
}
