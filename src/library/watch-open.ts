import type { OpenLedger } from '../cli/open/open-ledger.ts';
import { stopStatus } from '../producer/batch-status.ts';
import { isFinished } from '../producer/progress.ts';
import type { BatchSummary } from '../shared/ledger/batch-store.ts';
import type { BatchProgress, WatchOptions } from './batch.ts';
import { UnknownBatchError } from './library-errors.ts';

/** @throws UnknownBatchError */
export async function summaryOf({ batches }: OpenLedger, batch: string): Promise<BatchSummary> {
  const summary = await batches.summary(batch);
  if (!summary) throw new UnknownBatchError(batch);
  return summary;
}

const INTERVAL_MS = 1000;

interface Watching extends WatchOptions {
  readonly guarded: <T>(
    work: (stop: AbortSignal) => Promise<T>,
    signal?: AbortSignal,
  ) => Promise<T>;
}

/** The progress of a batch, whenever it has changed, until every image has its outcome. */
export async function* watchOpen(
  open: OpenLedger,
  batch: string,
  { guarded, signal, intervalMs = INTERVAL_MS }: Watching,
): AsyncGenerator<BatchProgress, void, undefined> {
  let last = '';
  for (;;) {
    const progress = await guarded(() => progressOf(open, batch), signal);
    const text = JSON.stringify(progress);
    if (text !== last) yield progress;
    if (progress.finished) return;
    last = text;
    await guarded((stop) => open.clock.sleep(intervalMs, stop), signal);
  }
}

async function progressOf(open: OpenLedger, batch: string): Promise<BatchProgress> {
  const summary = await summaryOf(open, batch);
  const { total, counts, missing, isPaused: paused } = summary;
  const finished = isFinished(summary);
  const stopped = finished ? null : await stopStatus(open, counts);
  return { batch, total, counts, stopped, missing, paused, finished };
}
