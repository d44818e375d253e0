import type { Job } from 'bullmq';
import { imageRow } from '../../producer/report/model/image-row.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { ImportJobData } from '../../shared/queues/queues.ts';

/** What the board shows of a queue job: its image, as the ledger has it now. */
export interface ShownData {
  readonly image: string;
  readonly batches: readonly string[];
  readonly state: string;
  readonly attempt: number;
  readonly 'IMS job'?: string;
  readonly 'image id'?: string;
  readonly progress?: string;
  readonly code?: string;
  readonly reason?: string;
  readonly 'what to do'?: string;
  readonly 'request id'?: string;
  /** What the queue job itself holds. */
  readonly trigger: ImportJobData;
}

export interface Shown {
  readonly data: ShownData | { readonly note: string; readonly trigger: ImportJobData };
  /** Per cent. */
  readonly progress: number;
  readonly failedReason?: string;
}

/** Pure. `entry`: absent where the ledger does not know the import. */
export function shownJob(
  trigger: ImportJobData,
  entry: LedgerEntry | undefined,
  now: number,
): Shown {
  if (!entry) {
    const note =
      'The ledger does not know this import: its batch was archived, or Redis was emptied.';
    return { data: { note, trigger }, progress: 0 };
  }
  const row = imageRow(entry, now);
  const { error, progress } = row;
  const percent = row.state === 'succeeded' ? 100 : Math.floor((progress ?? 0) * 100);
  const data = {
    image: row.name,
    batches: entry.batches,
    state: row.held ? 'unknown, held for a person' : row.state,
    attempt: row.attempt,
    ...(row.jobId === undefined ? {} : { 'IMS job': row.jobId }),
    ...(row.imageId === undefined ? {} : { 'image id': row.imageId }),
    ...(progress === undefined ? {} : { progress: `${percent} %` }),
    ...(error === undefined ? {} : { code: error.code, reason: error.message }),
    ...(error?.advice === undefined ? {} : { 'what to do': error.advice }),
    ...(error?.requestId === undefined ? {} : { 'request id': error.requestId }),
    trigger,
  };
  if (row.state !== 'failed' || !error) return { data, progress: percent };
  const advice = error.advice === undefined ? '' : ` What to do: ${error.advice}`;
  return { data, progress: percent, failedReason: `${error.code}: ${error.message}${advice}` };
}

/** The same queue job, shown otherwise; what it does stays, save what `instead` replaces. */
export function dressed(
  job: Job<ImportJobData>,
  shown: Shown,
  instead: Partial<Pick<Job, 'retry'>>,
): Job {
  const toJSON = (): object => {
    const { failedReason: _, ...plain } = job.toJSON();
    const { data, progress, failedReason } = shown;
    // The stack is that of our own code, and says nothing about the image.
    const json = { ...plain, data, progress, stacktrace: [] };
    return failedReason === undefined ? json : { ...json, failedReason };
  };
  return Object.assign(Object.create(job) as Job, { toJSON, ...instead });
}
