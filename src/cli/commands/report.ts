import { type Command, Option } from 'commander';
import { formatCounts } from '../../producer/progress.ts';
import { type BatchReport, readReport } from '../../producer/report/build-report.ts';
import { readArchivedReport, writeReport } from '../../producer/report/report-files.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { batchEntries, requireBatch } from '../../shared/ledger/batch-store.ts';
import type { CommandContext } from '../command.ts';
import type { Io } from '../io.ts';
import { findArchive } from '../open/archived-batch.ts';
import { type Env, envOf, withLedger } from '../open/open-ledger.ts';

type Format = 'table' | 'json' | 'csv' | 'junit' | 'html';

/** Only the format that is wanted is loaded. `columns`: of the terminal. */
const RENDER: Readonly<
  Record<Format, (found: BatchReport, columns: number) => string | Promise<string>>
> = {
  table: async (it, columns) =>
    (await import('../../producer/report/render-table.ts')).renderTable(it, columns),
  json: async (it) => `${(await import('../../producer/report/render-json.ts')).renderJson(it)}\n`,
  csv: async (it) => (await import('../../producer/report/render-csv.ts')).renderCsv(it),
  junit: async (it) => (await import('../../producer/report/render-junit.ts')).renderJunit(it),
  html: async (it) => (await import('../../producer/report/html/render-html.ts')).renderHtml(it),
};

interface ReportFlags {
  readonly format: Format;
  readonly json?: true;
  readonly from?: string;
  readonly output?: string;
}

export function reportCommand(command: Command, { io, run }: CommandContext): void {
  command
    .addOption(
      new Option('--format <format>', 'output format')
        .choices(Object.keys(RENDER))
        .default('table'),
    )
    .option('--json', 'the same as --format json')
    .option('--from <file>', 'read an archive file instead of a batch of the ledger')
    .option('--output <file>', 'write a file; - is stdout (default: stdout)')
    .action((batch: string | undefined, { json, ...flags }: ReportFlags) =>
      run(report(batch, json ? { ...flags, format: 'json' } : flags, io)),
    );
}

/** /dev/stdout cannot be opened where it is a socket, as under systemd. */
const STANDARD_OUTPUT = new Set(['-', '/dev/stdout']);

/** The outcome of every image, from the ledger or a file. 0 only when all have succeeded. */
async function report(
  batch: string | undefined,
  { format, from, output }: ReportFlags,
  io: Io,
): Promise<ExitCode> {
  if ((batch === undefined) === (from === undefined)) {
    throw new UsageError(
      'report reads one batch of the ledger, or one file.',
      'Name either a batch, or a file with --from.',
    );
  }
  const found =
    from === undefined ? await ofBatch(batch ?? '', envOf(io)) : await readArchivedReport(from);
  const isFile = output !== undefined && !STANDARD_OUTPUT.has(output);
  const columns = io.outTerminal && !isFile ? io.columns : Number.POSITIVE_INFINITY;
  const text = await RENDER[format](found, columns);
  if (isFile) {
    await writeReport(output, text);
    io.err(`Report on batch ${found.batch} written to ${output}`);
  } else print(text.replace(/\n$/, ''), format, io);
  if (found.outcome === 'succeeded') return EXIT.ok;
  // The table says so itself.
  if (isFile || format !== 'table') io.err(whyNotOk(found));
  return EXIT.imageFailed;
}

function whyNotOk({ outcome, counts }: BatchReport): string {
  const what = outcome === 'unfinished' ? 'is finished' : 'has succeeded';
  return `Exit code 1: not every image ${what} (${formatCounts(counts)}).`;
}

function ofBatch(batch: string, env: Env): Promise<BatchReport> {
  return withLedger(env, async (open) => {
    const archive = await findArchive(open, batch, env);
    if (archive !== undefined) {
      env.io.err(`Batch ${batch} is archived; this is from ${archive}`);
      return readArchivedReport(archive);
    }
    const summary = await requireBatch(open, batch);
    if (summary.archiving?.phase === 'removing') {
      env.io.err(`Batch ${batch} is being archived; all of it is in ${summary.archiving.file}`);
    }
    return readReport(batchEntries(open, batch), summary, open.clock.now());
  });
}

function print(text: string, format: Format, io: Io): void {
  if (format === 'table' || !io.raw) io.out(text);
  else io.raw(text);
}
