import { type BatchReport, readReport } from '../producer/report/build-report.ts';
import { readArchivedReport, writeReport } from '../producer/report/report-files.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { batchEntries, requireBatch } from '../shared/ledger/batch-entries.ts';
import type { Io } from './io.ts';
import { type Env, withLedger } from './with-ledger.ts';

export type Format = 'table' | 'json' | 'csv' | 'junit' | 'html';

export interface ReportOptions {
  /** A batch of the ledger, or a file that `archive` has written. */
  readonly of: { readonly batch: string } | { readonly file: string };
  readonly format: Format;
  /** Default: standard output. */
  readonly output?: string;
}

/** Nothing can open the second where it is a socket, as under systemd. */
const STANDARD_OUTPUT = new Set(['-', '/dev/stdout']);

/** `report`: the outcome of every image, from the ledger or a file. 0 only when all have succeeded. */
export async function report(options: ReportOptions, env: Env): Promise<ExitCode> {
  const { of, format, output } = options;
  const found = 'file' in of ? await readArchivedReport(of.file) : await ofBatch(of.batch, env);
  const text = await render(format, found);
  if (output === undefined || STANDARD_OUTPUT.has(output))
    print(text.replace(/\n$/, ''), format, env.io);
  else await writeReport(output, text);
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
      return (await import('../producer/report/render-table.ts')).renderTable(found);
    case 'json':
      return `${(await import('../producer/report/render-json.ts')).renderJson(found)}\n`;
    case 'csv':
      return (await import('../producer/report/render-csv.ts')).renderCsv(found);
    case 'junit':
      return (await import('../producer/report/render-junit.ts')).renderJunit(found);
    case 'html':
      return (await import('../producer/report/html/render-html.ts')).renderHtml(found);
  }
}
