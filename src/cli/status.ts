import {
  batchStatus,
  filteredEntries,
  type ImageFilter,
  missingText,
  oddText,
  stopStatus,
} from '../producer/batch-status.ts';
import { formatCounts } from '../producer/progress.ts';
import type { Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { requireBatch } from '../shared/ledger/batch-entries.ts';
import type { BatchSummary } from '../shared/ledger/batch-ledger.ts';
import { othersText } from '../shared/ledger/foreign-images.ts';
import { formatTrust } from '../shared/look-up/listing-trust.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { stopText } from './describe-stop.ts';
import { adviceOf, imageLine } from './image-line.ts';
import type { Io } from './io.ts';
import type { OpenLedger } from './open-ledger.ts';
import { withLedger } from './with-ledger.ts';

export interface StatusOptions extends ImageFilter {
  readonly batch?: string;
  readonly json: boolean;
}

/** `status [BATCH]`: counts of every batch, or the images of one. */
export async function status(
  options: StatusOptions,
  env: { readonly config: Config; readonly io: Io },
): Promise<ExitCode> {
  return withLedger({ ...env, isReader: true }, async (open) => {
    const summaries = await summariesOf(open, options.batch);
    if (options.batch === undefined) await printAll(open, summaries, { ...env, ...options });
    else for (const summary of summaries) await printOne(open, summary, { ...env, ...options });
    const troubled = summaries.some(
      ({ counts, missing }) => counts.failed + counts.cancelled + counts.unknown + missing > 0,
    );
    return troubled ? EXIT.imageFailed : EXIT.ok;
  });
}

/** Batches of other clouds are apart: who looks for theirs is told where they are. */
async function tellOthers(open: OpenLedger, { cloud }: Config, io: Io): Promise<void> {
  for (const name of await open.clouds.names()) {
    if (name !== cloud)
      io.err(`Cloud ${name} has batches of its own: ims-ferry --cloud ${name} status`);
  }
}

async function summariesOf(open: OpenLedger, batch?: string): Promise<readonly BatchSummary[]> {
  if (batch !== undefined) return [await requireBatch(open, batch)];
  const names = await open.batches.names();
  const summaries = await Promise.all(names.map((name) => open.batches.summary(name)));
  return summaries.filter((summary) => summary !== undefined);
}

interface Printing extends ImageFilter {
  readonly io: Io;
  readonly json: boolean;
  readonly config: Config;
}

async function printAll(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  { io, json, config }: Printing,
): Promise<void> {
  if (json) {
    const stop = await open.project.stopped();
    const stopped = stop ? { code: stop.code, message: stop.message } : null;
    const batches = summaries.map(({ batch, counts }) => ({ batch, counts }));
    io.out(JSON.stringify({ batches, stopped }));
    return;
  }
  if (summaries.length === 0) io.err('There is no batch yet.');
  await tellOthers(open, config, io);
  const width = Math.max(0, ...summaries.map(({ batch }) => batch.length));
  for (const { batch, counts } of summaries) {
    io.out(`${batch.padEnd(width)}  ${formatCounts(counts)}`);
  }
  for (const { batch, missing } of summaries) tellMissing(batch, missing, io);
  await printStop(open, summaries, io);
}

async function printOne(
  open: OpenLedger,
  summary: BatchSummary,
  printing: Printing,
): Promise<void> {
  const { io, json, config } = printing;
  if (json) {
    io.out(JSON.stringify(await batchStatus(open, summary, printing)));
    return;
  }
  const paused = summary.isPaused ? ` (paused; ims-ferry resume ${summary.batch})` : '';
  io.out(`${summary.batch}: ${formatCounts(summary.counts)}${paused}`);
  for await (const entry of filteredEntries(open, summary.batch, printing)) {
    if (io.stop.aborted) return;
    io.out(`  ${imageLine(entry)}`);
    const advice = printing.failed ? adviceOf(entry) : undefined;
    if (advice !== undefined) io.out(`      ${advice}`);
  }
  tellMissing(summary.batch, await open.batches.countMissing(summary.batch), io);
  await printStop(open, [summary], io);
  if (summary.counts.unknown > 0) {
    io.err(formatTrust(await open.project.listingLag(), config.unknown));
    if (summary.counts.held > 0) {
      io.err(`What is held waits for you: ims-ferry resolve ${summary.batch}`);
    }
  }
}

function tellMissing(batch: string, missing: number, io: Io): void {
  const text = missingText(batch, missing);
  if (text !== undefined) io.err(text);
}

async function printStop(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  io: Io,
): Promise<void> {
  const [summary] = summaries;
  const stopped = summary ? await stopStatus(open, summary.counts) : null;
  if (stopped) io.err(stopText(stopped));
  const odd = await oddText(open);
  if (odd !== undefined) io.err(escapeText(odd));
  const alarm = await open.project.others.alarm();
  if (alarm) io.err(escapeText(othersText(alarm)));
}
