import type { Command } from 'commander';
import {
  batchStatus,
  filteredEntries,
  type ImageFilter,
  missingText,
  oddText,
  stopStatus,
} from '../../producer/batch-status.ts';
import { readOutlook } from '../../producer/live/read-outlook.ts';
import { outlookFields, projectFields } from '../../producer/outlook-json.ts';
import { formatCounts } from '../../producer/progress.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { type BatchSummary, requireBatch } from '../../shared/ledger/batch-store.ts';
import { othersText } from '../../shared/ledger/foreign.ts';
import { formatTrust } from '../../shared/look-up/find-ours.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { escapeText } from '../../shared/text/escape-text.ts';
import { type CommandContext, NAME_OPTION } from '../command.ts';
import { adviceOf, imageLine, stopText } from '../describe.ts';
import { type Env, envOf, type OpenLedger, withLedger } from '../open-ledger.ts';
import { watchStatus } from '../watch-status.ts';

interface StatusFlags {
  readonly json?: boolean;
  readonly watch?: true;
  readonly failed?: boolean;
  readonly name?: string;
}

export function statusCommand(command: Command, { io, run }: CommandContext): void {
  command
    .option('--json', 'print data only')
    .option('--watch', 'show live progress until Ctrl-C')
    .option('--failed', 'of one batch: only failed, cancelled and unknown images')
    .option(NAME_OPTION[0], `of one batch: ${NAME_OPTION[1]}`)
    .action((batch: string | undefined, flags: StatusFlags) => {
      checkFlags(batch, flags);
      return run(flags.watch ? watchStatus(batch, envOf(io)) : status(batch, flags, envOf(io)));
    });
}

function checkFlags(batch: string | undefined, { json, watch, failed, name }: StatusFlags): void {
  const isFiltered = failed || name !== undefined;
  if (watch && json) {
    throw new UsageError('--watch cannot be used with --json.', 'Run status --json repeatedly.');
  }
  if (watch && isFiltered) {
    throw new UsageError(
      '--watch cannot be used with --failed or --name.',
      'Leave one of them out.',
    );
  }
  if (isFiltered && batch === undefined) {
    throw new UsageError('--failed and --name apply to the images of one batch.', 'Name a batch.');
  }
}

type Printing = ImageFilter & Env & { readonly json: boolean };

async function status(
  batch: string | undefined,
  { json = false, failed = false, name }: StatusFlags,
  env: Env,
): Promise<ExitCode> {
  const printing = omitUndefined({ ...env, json, failed, name });
  return withLedger({ ...env, isReader: true }, async (open) => {
    const summaries = await summariesOf(open, batch);
    if (batch === undefined) await printAll(open, summaries, printing);
    else for (const summary of summaries) await printOne(open, summary, printing);
    const hasTrouble = summaries.some(
      ({ counts, missing }) => counts.failed + counts.cancelled + counts.unknown + missing > 0,
    );
    return hasTrouble ? EXIT.imageFailed : EXIT.ok;
  });
}

async function summariesOf(open: OpenLedger, batch?: string): Promise<readonly BatchSummary[]> {
  if (batch !== undefined) return [await requireBatch(open, batch)];
  const names = await open.batches.names();
  const summaries = await Promise.all(names.map((name) => open.batches.summary(name)));
  return summaries.filter((summary) => summary !== undefined);
}

async function printAll(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  printing: Printing,
): Promise<void> {
  const { io, json, config } = printing;
  if (json) {
    const stop = await open.project.stopped();
    const stopped = stop ? { code: stop.code, message: stop.message } : null;
    const outlook = await readOutlook(open, summaries);
    const batches = summaries.map(({ batch, counts }) => {
      return { batch, counts, ...outlookFields(outlook.batches.get(batch)) };
    });
    const all = { ...outlookFields(outlook.project), ...projectFields(outlook) };
    io.out(JSON.stringify({ batches, stopped, ...all }));
    return;
  }
  if (summaries.length === 0) io.err('There are no batches yet.');
  for (const name of await open.project.clouds.names()) {
    if (name === config.cloud) continue;
    io.err(`Cloud ${name} has its own batches: ims-ferry --cloud ${name} status`);
  }
  const width = Math.max(0, ...summaries.map(({ batch }) => batch.length));
  for (const { batch, counts } of summaries) {
    io.out(`${batch.padEnd(width)}  ${formatCounts(counts)}`);
  }
  await printNotes(open, summaries, printing);
}

async function printOne(
  open: OpenLedger,
  summary: BatchSummary,
  printing: Printing,
): Promise<void> {
  const { io, json, config } = printing;
  const { batch, counts } = summary;
  if (json) {
    io.out(JSON.stringify(await batchStatus(open, summary, printing)));
    return;
  }
  const paused = summary.isPaused ? ` (paused; ims-ferry resume ${batch})` : '';
  io.out(`${batch}: ${formatCounts(counts)}${paused}`);
  for await (const entry of filteredEntries(open, batch, printing)) {
    if (io.stop.aborted) return;
    io.out(`  ${imageLine(entry)}`);
    const advice = printing.failed ? adviceOf(entry) : undefined;
    if (advice !== undefined) io.out(`      ${advice}`);
  }
  const missing = await open.batches.countMissing(batch);
  await printNotes(open, [{ ...summary, missing }], printing);
  if (counts.unknown > 0) {
    io.err(formatTrust(await open.project.listingLag(), config.unknown));
    if (counts.held > 0) {
      io.err(`${counts.held} held, waiting for your decision: ims-ferry resolve ${batch}`);
    }
  }
}

async function printNotes(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  { io }: Printing,
): Promise<void> {
  const stopped = summaries[0] ? await stopStatus(open, summaries[0].counts) : null;
  const odd = await oddText(open);
  const alarm = await open.project.others.alarm();
  const notes = [
    ...summaries.map(({ batch, missing }) => missingText(batch, missing)),
    stopped ? stopText(stopped) : undefined,
    odd === undefined ? undefined : escapeText(odd),
    alarm ? escapeText(othersText(alarm)) : undefined,
  ];
  for (const note of notes) if (note !== undefined) io.err(note);
}
