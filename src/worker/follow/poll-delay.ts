import type { Config } from '../../shared/config/config.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** What is known about an import that runs. */
export interface Running {
  readonly elapsedMs: number;
  /** 0 to 1, where the IMS job tells. */
  readonly progress?: number;
  /** Median of earlier imports of the batch. */
  readonly medianMs?: number;
  /** 0 to 1, for jitter. */
  readonly chance: number;
}

/**
 * When to look next: near the expected end where there is one, else after a fifth of the time that
 * it has taken so far. Always within POLL_MIN and POLL_MAX, jittered by a tenth.
 */
export function pollDelay(poll: Config['poll'], running: Running): number {
  const { elapsedMs, progress, medianMs, chance } = running;
  const growing = elapsedMs / 5;
  const left = remainingMs(elapsedMs, progress, medianMs);
  const wanted = left === undefined ? growing : left / 2 + poll.minMs / 2;
  const jittered = wanted * (0.9 + 0.2 * chance);
  return Math.round(Math.min(poll.maxMs, Math.max(poll.minMs, jittered)));
}

function remainingMs(
  elapsedMs: number,
  progress: number | undefined,
  medianMs: number | undefined,
): number | undefined {
  if (progress !== undefined && progress >= 0.05 && progress <= 1) {
    return (elapsedMs * (1 - progress)) / progress;
  }
  return medianMs !== undefined && medianMs > elapsedMs ? medianMs - elapsedMs : undefined;
}

export function median(values: readonly number[]): number | undefined {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

/** The first look: when the median import of the batch would be done, else POLL_INITIAL. */
export async function firstPollDelay(deps: WorkerDeps, entry: LedgerEntry): Promise<number> {
  const { poll } = deps.config;
  const usual = await medianOf(deps, entry);
  const wanted = usual === undefined ? poll.initialMs : Math.min(usual, 10 * poll.initialMs);
  return Math.round(Math.max(poll.minMs, wanted) * (0.95 + 0.1 * deps.random.next()));
}

export async function medianOf(
  deps: Pick<WorkerDeps, 'batches'>,
  entry: LedgerEntry,
): Promise<number | undefined> {
  const [batch] = entry.batches;
  if (batch === undefined) return undefined;
  const durations = await deps.batches.durations(batch);
  return durations.length < 3 ? undefined : median(durations);
}
