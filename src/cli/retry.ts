import { type RetryOptions, retryBatch } from '../operator/retry-batch.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { requireBatch } from '../shared/ledger/batch-store.ts';
import { type Env, withLedger } from './with-ledger.ts';

/** `retry BATCH`. */
export function retry(options: RetryOptions, env: Env): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    await requireBatch(open, options.batch);
    const { started, following } = await retryBatch(open, options);
    const followed =
      following === 0 ? '' : `; ${following} are followed: an older create of them was found`;
    env.io.err(
      started + following === 0
        ? `Nothing to retry in batch ${options.batch}.`
        : `Batch ${options.batch}: ${started} images enqueued again${followed}.`,
    );
    return EXIT.ok;
  });
}
