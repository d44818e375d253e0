import { type Command, Option } from 'commander';
import { type BatchReport, readReport } from '../../producer/report/build-report.ts';
import { readArchivedReport, writeReport } from '../../producer/report/report-files.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { batchEntries, requireBatch } from '../../shared/ledger/batch-store.ts';
import type { CommandContext } from '../command.ts';
import type { Io } from '../io.ts';
import { type Env, envOf, withLedger } from '../open-ledger.ts';

type Format = 'table' | 'json' | 'csv' | 'junit' | 'html';

/** Only the format that is wanted is loaded. */
const RENDER: Readonly<Record<Format, (found: BatchReport) => string | Promise<string>>> = {
  table: async (it) => (await import('../../producer/report/render-table.ts')).renderTable(it),
  json: async (it) => `${(await import('../../producer/report/render-json.ts')).renderJson(it)}\n`,
  csv: async (it) => (await import('../../producer/report/render-csv.ts')).renderCsv(it),
  junit: async (it) => (await import('../../producer/report/render-junit.ts')).renderJunit(it),
  html: async (it) => (await import('../../producer/report/html/render-html.ts')).renderHtml(it),
};

interface ReportFlags {
  readonly format: Format;
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
    .option('--from <file>', 'read an archive file instead of a batch of the ledger')
    .option('--output <file>', 'write a file; - is stdout (default: stdout)')
    .action((batch: string | undefined, flags: ReportFlags) => run(report(batch, flags, io)));
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
  const env = envOf(io);
  const found =
    from === undefined ? await ofBatch(batch ?? '', env) : await readArchivedReport(from);
  const text = await RENDER[format](found);
  if (output === undefined || STANDARD_OUTPUT.has(output)) {
    print(text.replace(/\n$/, ''), format, io);
  } else await writeReport(output, text);
  return found.outcome === 'succeeded' ? EXIT.ok : EXIT.imageFailed;
}

function ofBatch(batch: string, env: Env): Promise<BatchReport> {
  return withLedger(env, async (open) => {
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
