import { type AttemptDeps, newAttempt } from '../shared/attempt/new-attempt.ts';
import { type BatchDeps, refuseHalfArchived } from '../shared/ledger/batch-store.ts';
import { type Selection, selectImports } from './select-imports.ts';

export interface RetryOptions extends Selection {
  /** Those that were cancelled, too. */
  readonly cancelled: boolean;
}

export interface Retried {
  readonly started: number;
  /** What an older create left is followed first. */
  readonly following: number;
}

export interface RetryDeps extends AttemptDeps, BatchDeps {
  readonly onProgress?: (retried: Retried) => void;
  /** Aborted: the rest stays as it is. */
  readonly stop?: AbortSignal;
}

/**
 * Starts a new attempt for every selected image that failed.
 * @throws UsageError while the batch is on its way into an archive
 */
export async function retryBatch(deps: RetryDeps, options: RetryOptions): Promise<Retried> {
  await refuseHalfArchived(deps, options.batch);
  let started = 0;
  let following = 0;
  for await (const { key, state, declined } of selectImports(deps, options)) {
    const isWanted =
      state.status === 'failed' || (options.cancelled && state.status === 'cancelled');
    if (!isWanted) continue;
    if (deps.stop?.aborted) break;
    if (declined.includes(options.batch)) await deps.ledger.want(key, options.batch);
    const entry = await newAttempt(deps, key, { type: 'retry' });
    if (entry?.state.status === 'pending') started += 1;
    else if (entry) following += 1;
    deps.onProgress?.({ started, following });
  }
  return { started, following };
}
