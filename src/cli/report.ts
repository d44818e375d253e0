import type { BatchReport } from '../producer/report/model/batch-report.ts';
import { readReport } from '../producer/report/read-report.ts';
import { writeWhole } from '../producer/report/write-report.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import { requireBatch } from '../shared/ledger/batch-entries.ts';
import { type Env, withLedger } from './with-ledger.ts';

export type Format = 'table' | 'json' | 'csv' | 'junit' | 'html';

export interface ReportOptions {
  readonly batch: string;
  readonly format: Format;
  /** Default: standard output. */
  readonly output?: string;
}

/** `report BATCH`: the outcome of every image, from the ledger. 0 only when all have succeeded. */
export async function report(options: ReportOptions, env: Env): Promise<ExitCode> {
  const { batch, format, output } = options;
  return withLedger(env, async (open) => {
    const summary = await requireBatch(open, batch);
    const found = await readReport(open, summary, open.clock.now());
    const text = await render(format, found);
    if (output === undefined) env.io.out(text.replace(/\n$/, ''));
    else await writeWhole(output, text);
    return found.outcome === 'succeeded' ? EXIT.ok : EXIT.imageFailed;
  });
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
