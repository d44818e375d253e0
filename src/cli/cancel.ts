import { type Cancelled, cancelBatch } from '../operator/cancel-batch.ts';
import type { Selection } from '../operator/select-imports.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { requireBatch } from '../shared/ledger/batch-store.ts';
import { type Env, withLedger } from './with-ledger.ts';

/** `cancel BATCH`. */
export function cancel(selection: Selection, env: Env): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    await requireBatch(open, selection.batch);
    for (const line of describe(selection.batch, await cancelBatch(open, selection))) {
      env.io.err(line);
    }
    return EXIT.ok;
  });
}

function describe(batch: string, { cancelled, wantedElsewhere, left }: Cancelled): string[] {
  const lines = [`Batch ${batch}: ${cancelled} images cancelled.`];
  if (wantedElsewhere > 0) {
    lines.push(`${wantedElsewhere} stay: another batch wants them, too.`);
  }
  const inIms = (left.submitting ?? 0) + (left.creating ?? 0);
  if (inIms > 0) {
    lines.push(
      `${inIms} are in the hands of IMS, which has no call to cancel an import: they are followed to their end. Delete the images afterwards if they are not wanted.`,
    );
  }
  if (left.unknown !== undefined) {
    lines.push(`${left.unknown} are unknown: IMS may have them. See: ims-ferry resolve ${batch}`);
  }
  if (left.succeeded !== undefined) lines.push(`${left.succeeded} had succeeded already.`);
  return lines;
}
