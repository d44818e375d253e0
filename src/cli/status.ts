import { batchStatus, imageStatus, stopStatus } from '../producer/batch-status.ts';
import { formatCounts } from '../producer/progress.ts';
import type { Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { batchEntries, requireBatch } from '../shared/ledger/batch-entries.ts';
import type { BatchSummary } from '../shared/ledger/batch-ledger.ts';
import { formatTrust } from '../shared/look-up/listing-trust.ts';
import type { Io } from './io.ts';
import { type OpenLedger, openLedger } from './open-ledger.ts';

export interface StatusOptions {
  readonly batch?: string;
  readonly json: boolean;
}

/** `status [BATCH]`: counts of every batch, or the images of one. */
export async function status(
  options: StatusOptions,
  env: { readonly config: Config; readonly io: Io },
): Promise<ExitCode> {
  const open = await openLedger(env.config, false, env.io);
  try {
    const summaries = await summariesOf(open, options.batch);
    if (options.batch === undefined) await printAll(open, summaries, { ...env, ...options });
    else for (const summary of summaries) await printOne(open, summary, { ...env, ...options });
    const troubled = summaries.some(
      ({ counts }) => counts.failed + counts.cancelled + counts.unknown > 0,
    );
    return troubled ? EXIT.imageFailed : EXIT.ok;
  } finally {
    await open.close();
  }
}

async function summariesOf(open: OpenLedger, batch?: string): Promise<readonly BatchSummary[]> {
  if (batch !== undefined) return [await requireBatch(open, batch)];
  const names = await open.batches.names();
  const summaries = await Promise.all(names.map((name) => open.batches.summary(name)));
  return summaries.filter((summary) => summary !== undefined);
}

interface Printing {
  readonly io: Io;
  readonly json: boolean;
  readonly config: Config;
}

async function printAll(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  { io, json }: Printing,
): Promise<void> {
  if (json) {
    const stop = await open.project.stopped();
    const stopped = stop ? { code: stop.code, message: stop.message } : null;
    const batches = summaries.map(({ batch, counts }) => ({ batch, counts }));
    io.out(JSON.stringify({ batches, stopped }));
    return;
  }
  if (summaries.length === 0) io.err('There is no batch yet.');
  const width = Math.max(0, ...summaries.map(({ batch }) => batch.length));
  for (const { batch, counts } of summaries) {
    io.out(`${batch.padEnd(width)}  ${formatCounts(counts)}`);
  }
  await printStop(open, summaries, io);
}

async function printOne(
  open: OpenLedger,
  summary: BatchSummary,
  { io, json, config }: Printing,
): Promise<void> {
  if (json) {
    io.out(JSON.stringify(await batchStatus(open, summary)));
    return;
  }
  const paused = summary.isPaused ? ` (paused; ims-ferry resume ${summary.batch})` : '';
  io.out(`${summary.batch}: ${formatCounts(summary.counts)}${paused}`);
  for await (const entry of batchEntries(open, summary.batch)) {
    const image = imageStatus(entry);
    const state = image.held ? 'unknown (held)' : image.state;
    const error = image.error ? `  ${image.error.code}: ${image.error.message}` : '';
    const id = image.image_id ?? image.job_id ?? '';
    io.out(`  ${state.padEnd(14)}  ${image.name}  ${id}${error}`.trimEnd());
  }
  await printStop(open, [summary], io);
  if (summary.counts.unknown > 0) {
    io.err(formatTrust(await open.project.listingLag(), config.unknown));
    if (summary.counts.held > 0) {
      io.err(`What is held waits for you: ims-ferry resolve ${summary.batch}`);
    }
  }
}

async function printStop(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  io: Io,
): Promise<void> {
  const [summary] = summaries;
  const stopped = summary ? await stopStatus(open, summary.counts) : null;
  if (!stopped) return;
  const missing =
    stopped.needs === null ? '' : ` (needs ${stopped.needs}, ${stopped.free ?? '?'} free)`;
  io.err(`Stopped: ${stopped.code}: ${stopped.message}${missing}`);
}
