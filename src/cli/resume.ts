import { unpauseBatch } from '../operator/pause-batch.ts';
import { frozenText } from '../producer/batch-status.ts';
import { EXIT, type ExitCode, UsageError } from '../shared/errors/errors.ts';
import { requireBatch } from '../shared/ledger/batch-store.ts';
import type { OpenLedger } from './open-ledger.ts';
import { type Env, withLedger } from './with-ledger.ts';

export interface ResumeOptions {
  readonly batch?: string;
  readonly trustRedis: boolean;
  /** Move the project here from another ledger of this Redis. */
  readonly takeProject: boolean;
}

/** `resume [BATCH]`: ends a pause of the batch, and the stop of the project after it was mended. */
export function resume(options: ResumeOptions, env: Env): Promise<ExitCode> {
  return withLedger(env, async (open) => {
    const said = [
      ...(options.takeProject ? [await takeProject(open)] : []),
      ...(await endPause(open, options.batch)),
      ...(await endStop(open)),
      ...(await endAlarm(open)),
      ...(await endFreeze(open, options.trustRedis)),
    ];
    for (const line of said.length === 0 ? ['Nothing was stopped.'] : said) env.io.err(line);
    return EXIT.ok;
  });
}

async function endPause(open: OpenLedger, batch: string | undefined): Promise<string[]> {
  if (batch === undefined) return pausedBatches(open);
  const { isPaused } = await requireBatch(open, batch);
  const enqueued = await unpauseBatch(open, batch);
  return isPaused ? [`Batch ${batch} goes on; ${enqueued} images were enqueued again.`] : [];
}

/** A paused batch is somebody's wish: it is named, not ended. */
async function pausedBatches(open: OpenLedger): Promise<string[]> {
  const names = await open.batches.names();
  const summaries = await Promise.all(names.map((name) => open.batches.summary(name)));
  return summaries
    .filter((summary) => summary?.isPaused)
    .map((summary) => `Batch ${summary?.batch} stays paused; ims-ferry resume ${summary?.batch}`);
}

async function endStop(open: OpenLedger): Promise<string[]> {
  const stop = await open.project.stopped();
  await open.project.resume();
  return stop ? [`Going on after ${stop.code}: ${stop.message}`] : [];
}

async function endAlarm({ project }: OpenLedger): Promise<string[]> {
  const count = await project.others.dismiss();
  return count === 0 ? [] : [`The alarm about ${count} images of another installation is settled.`];
}

async function endFreeze(open: OpenLedger, trustRedis: boolean): Promise<string[]> {
  if (!trustRedis) {
    const text = await frozenText(open);
    return text === undefined ? [] : [text];
  }
  return (await open.guard.trust())
    ? [
        'Redis is trusted: creates go on after a scan of the image list. This rests on your word that no worker sent a create which Redis has forgotten and the list does not show yet.',
      ]
    : [];
}

/** @throws UsageError when the ledger that has the project may still create something */
async function takeProject({ project }: OpenLedger): Promise<string> {
  const taken = await project.claim.moveHere();
  switch (taken.kind) {
    case 'taken':
      return taken.from === undefined
        ? 'The project belongs to this ledger.'
        : `The project belongs to this ledger now; ${taken.from} had it. Start workers here: ims-ferry work`;
    case 'open':
      throw new UsageError(
        `The project stays with ${taken.from}: ${taken.open} of its images are open.`,
        'Let its workers finish them, or cancel and resolve them there; then run this again.',
      );
    case 'unbound':
      throw new UsageError(
        'This ledger does not know its project yet.',
        'Start a worker here once, so that it logs in: ims-ferry work',
      );
  }
}
