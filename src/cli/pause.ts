import { pauseBatch } from '../operator/pause-batch.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { type Env, withLedger } from './with-ledger.ts';

/** `pause BATCH`. */
export function pause(batch: string, env: Env): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    await pauseBatch(open, batch);
    const summary = await open.batches.summary(batch);
    env.io.err(
      `Batch ${batch} is paused: ${summary?.counts.pending ?? 0} images wait; what IMS has goes on. To go on: ims-ferry resume ${batch}`,
    );
    return EXIT.ok;
  });
}
