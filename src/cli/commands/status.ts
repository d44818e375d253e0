import type { Command } from 'commander';
import { batchStatus, type ImageFilter } from '../../producer/batch-status.ts';
import { readOutlook } from '../../producer/live/read-outlook.ts';
import { outlookFields, projectFields, targetStatus } from '../../producer/outlook-json.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { NO_MARKS } from '../../ui/sharing-words.ts';
import { type CommandContext, NAME_OPTION } from '../command.ts';
import { type Io, printJson } from '../io.ts';
import { namedBatch } from '../open/named-batch.ts';
import { type Env, envOf, type OpenLedger, withLedger } from '../open/open-ledger.ts';
import { printAll, printOne } from '../status/print-status.ts';
import { watchStatus } from '../status/watch-status.ts';

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

async function status(
  batch: string | undefined,
  { json = false, failed = false, name }: StatusFlags,
  env: Env,
): Promise<ExitCode> {
  const filter = omitUndefined({ failed, name });
  return withLedger({ ...env, isReader: true }, async (open) => {
    const summaries = await summariesOf(open, batch, env);
    const [only] = summaries;
    if (json) await printData(open, summaries, { batch, filter, io: env.io });
    else if (batch === undefined) await printAll(open, summaries, env);
    else if (only) await printOne(open, only, { ...env, ...filter });
    const hasTrouble = summaries.some(
      ({ counts, missing }) => counts.failed + counts.cancelled + counts.unknown + missing > 0,
    );
    return hasTrouble ? EXIT.imageFailed : EXIT.ok;
  });
}

async function summariesOf(
  open: OpenLedger,
  batch: string | undefined,
  env: Env,
): Promise<readonly BatchSummary[]> {
  if (batch !== undefined) return [await namedBatch(open, batch, env)];
  return open.batches.summaries();
}

interface Printing {
  readonly batch: string | undefined;
  readonly filter: ImageFilter;
  readonly io: Io;
}

/** `--json`: a stable format. */
async function printData(
  open: OpenLedger,
  summaries: readonly BatchSummary[],
  { batch, filter, io }: Printing,
): Promise<void> {
  const [only] = summaries;
  if (batch !== undefined) {
    if (only) printJson(io, await batchStatus(open, only, filter));
    return;
  }
  const stop = await open.project.stopped();
  const stopped = stop ? { code: stop.code, message: stop.message } : null;
  const outlook = await readOutlook(open, summaries);
  const batches = summaries.map(({ batch: name, ...of }) => {
    const { counts, marks = NO_MARKS, notify = null, retention = [] } = of;
    const ends = outlookFields(outlook.batches.get(name));
    return { batch: name, counts, notify, ...marks, ...ends, retention };
  });
  const all = { ...outlookFields(outlook.project), ...projectFields(outlook) };
  const notifications = (await open.project.outbox.targets()).map(targetStatus);
  printJson(io, { batches, stopped, ...all, notifications });
}
