import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { BatchSummary } from '../../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../../shared/ledger/ledger-entry.ts';
import type { ImageRow } from '../model/batch-report.ts';
import { imageRow } from '../model/image-row.ts';
import { readReport } from '../read-report.ts';
import { renderHtml } from './render-html.ts';

/** What the thread is sent: the rows in pieces, then the rest. */
export type ToThread =
  | { readonly part: 'rows'; readonly rows: readonly ImageRow[] }
  | { readonly part: 'end'; readonly summary: BatchSummary; readonly now: number };

/** A report of so many images is made at once, in a few milliseconds. */
const FEW = 1000;
const PIECE = 500;

/**
 * The report of a batch as a page, for a process that has other things to do: that of a large batch takes
 * seconds, and is made beside the main thread. `entries`: all of it. `now`: the fleet's time.
 */
export async function renderApart(
  entries: AsyncIterable<LedgerEntry>,
  summary: BatchSummary,
  now: number,
): Promise<string | Uint8Array> {
  if (summary.total <= FEW) return renderHtml(await readReport(entries, summary, now));
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
      if (rows.length >= PIECE) await send();
    }
    await send();
    return (await ask(worker, { part: 'end', summary, now })) as Uint8Array;
  } finally {
    await worker.terminate();
  }
}

/** @throws what ended the thread */
async function ask(worker: Worker, message: ToThread): Promise<unknown> {
  const answer = once(worker, 'message');
  worker.postMessage(message);
  const [said] = await answer;
  return said;
}
