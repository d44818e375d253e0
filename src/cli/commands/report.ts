import { type Command, Option } from 'commander';
import { type BatchReport, readReport } from '../../producer/report/build-report.ts';
import { readArchivedReport, writeReport } from '../../producer/report/report-files.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import { batchEntries, requireBatch } from '../../shared/ledger/batch-store.ts';
import type { CommandContext } from '../command.ts';
import type { Io } from '../io.ts';
import { type Env, envOf, withLedger } from '../open-ledger.ts';

const FORMATS = ['table', 'json', 'csv', 'junit', 'html'] as const;
type Format = (typeof FORMATS)[number];

interface ReportFlags {
  readonly format: Format;
  readonly from?: string;
  readonly output?: string;
}

export function reportCommand(command: Command, { io, run }: CommandContext): void {
  command
    .addOption(new Option('--format <format>', 'output format').choices(FORMATS).default('table'))
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
  const text = await render(format, found);
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

async function render(format: Format, found: BatchReport): Promise<string> {
  switch (format) {
    case 'table':
      return (await import('../../producer/report/render-table.ts')).renderTable(found);
    case 'json':
      return `${(await import('../../producer/report/render-json.ts')).renderJson(found)}\n`;
    case 'csv':
      return (await import('../../producer/report/render-csv.ts')).renderCsv(found);
    case 'junit':
      return (await import('../../producer/report/render-junit.ts')).renderJunit(found);
    case 'html':
      return (await import('../../producer/report/html/render-html.ts')).renderHtml(found);
  }
}
