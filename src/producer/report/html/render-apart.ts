import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BatchSummary } from '../../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../../shared/ledger/ledger-entry.ts';
import { type ImageRow, imageRow } from '../../../ui/image-row.ts';
import { readReport } from '../build-report.ts';
import { FORMATS, type ReportFormat } from './report-formats.ts';

/** Messages to the thread: the rows in pieces, then the rest. */
export type ToThread =
  | { readonly part: 'rows'; readonly rows: readonly ImageRow[] }
  | ({ readonly part: 'end'; readonly summary: BatchSummary } & Rendering);

interface Rendering {
  /** The fleet's time. */
  readonly now: number;
  readonly format: ReportFormat;
}

/** As text, or where a thread made it as its bytes. */
export type Rendered = string | Uint8Array;

/** Up to this size a report takes a few milliseconds and is made in the main thread. */
const MAX_IMAGES_HERE = 1000;
const ROWS_PER_MESSAGE = 500;

/**
 * The report of a batch, for a process that has other work: the report of a large batch takes seconds
 * and is made in a thread. `entries`: all of the batch.
 */
export async function renderApart(
  entries: AsyncIterable<LedgerEntry>,
  summary: BatchSummary,
  { now, format }: Rendering,
): Promise<Rendered> {
  if (summary.total <= MAX_IMAGES_HERE) {
    return FORMATS[format](await readReport(entries, summary, now));
  }
  const script = new URL(`./render-thread${extname(import.meta.url)}`, import.meta.url);
  const worker = new Worker(script);
  try {
    let rows: ImageRow[] = [];
    const send = async (): Promise<void> => {
      await ask(worker, { part: 'rows', rows });
      rows = [];
    };
    for await (const entry of entries) {
      rows.push(imageRow(entry, now));
      if (rows.length >= ROWS_PER_MESSAGE) await send();
    }
    await send();
    return (await ask(worker, { part: 'end', summary, now, format })) as Uint8Array;
  } finally {
    await worker.terminate();
  }
}

/** @throws the error that ended the thread */
async function ask(worker: Worker, message: ToThread): Promise<unknown> {
  const answer = once(worker, 'message');
  worker.postMessage(message);
  const [reply] = await answer;
  return reply;
}
