import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { Job, Queue } from 'bullmq';
import { newAttempt } from '../../shared/attempt/new-attempt.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { ImportJobData } from '../../shared/queues/queues.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { isoTime } from '../../ui/format.ts';
import { imageRow } from '../../ui/image-row.ts';
import { type BasePath, batchPath } from '../addresses.ts';
import type { DashboardDeps } from '../context.ts';
import type { Snapshot } from '../live/project-watch.ts';

export interface BoardDeps extends DashboardDeps {
  readonly at: BasePath;
  /** False: every button is hidden, and refused. */
  readonly mayChange: boolean;
  readonly snapshot: () => Promise<Snapshot>;
}

type JobStatuses = Parameters<BullMQAdapter['getJobs']>[0];

/** Of each state. */
const MAX_JOBS = 100;

/** A queue as the board shows it: queue jobs are only triggers, so their data come from the ledger. */
export class ImageAdapter extends BullMQAdapter {
  readonly #deps: BoardDeps;
  readonly #queue: Queue<ImportJobData>;

  constructor(
    deps: BoardDeps,
    queue: Queue<ImportJobData>,
    options: { readonly displayName: string; readonly description: string },
  ) {
    super(queue, {
      ...options,
      readOnlyMode: !deps.mayChange,
      allowRetries: deps.mayChange,
      externalJobUrl: (job) => {
        const { text, path } = linkOf(job['data'] as BoardData);
        return { text, href: deps.at.of(path) };
      },
    });
    this.#deps = deps;
    this.#queue = queue;
  }

  override async getJob(id: string): Promise<Job | undefined> {
    const job = (await this.#queue.getJob(id)) as Job<ImportJobData> | undefined;
    return job && (await this.#withLedgerData([job]))[0];
  }

  /** At most a page of them, whatever is requested: more would block this process. */
  override async getJobs(statuses: JobStatuses, start = 0, end = -1): Promise<Job[]> {
    const from = Math.max(0, start || 0);
    const last = from + MAX_JOBS - 1;
    const to = end >= from ? Math.min(end, last) : last;
    const jobs = await super.getJobs(statuses, from, to);
    return this.#withLedgerData(jobs.filter(Boolean) as Job<ImportJobData>[]);
  }

  /** The story of the image, over all its attempts. */
  override async getJobLogs(id: string): Promise<string[]> {
    const job = await this.#queue.getJob(id);
    if (!job) return [];
    const story = await this.#deps.ledger.story(job.data.key);
    return story.map(({ at, text }) => `${isoTime(at)} ${text}`);
  }

  async #withLedgerData(jobs: readonly Job<ImportJobData>[]): Promise<Job[]> {
    const { ledger, clock } = this.#deps;
    const keys = [...new Set(jobs.map(({ data }) => data.key))];
    const entries = new Map((await ledger.readMany(keys)).map((entry) => [entry.key, entry]));
    const now = clock.now();
    return jobs.map((job) => {
      const shown = boardJob(job.data, entries.get(job.data.key), now);
      return Object.assign(withLedgerData(job, shown), { retry: () => this.#retry(job) });
    });
  }

  /**
   * A new attempt through the ledger, which refuses an image that has not failed. The queue job of the
   * old attempt is removed: it would show a failure that no longer exists.
   */
  async #retry(job: Job<ImportJobData>): Promise<void> {
    const entry = await this.#deps.ledger.read(job.data.key);
    if (entry?.state.status !== 'failed') return;
    const started = await newAttempt(this.#deps, job.data.key, { type: 'retry' });
    if (started) await job.remove().catch(() => undefined);
  }
}

/** What the board shows as the data of a queue job. */
interface BoardData {
  readonly image?: string;
  readonly batches?: readonly string[];
  /** What the queue job itself contains. */
  readonly trigger: ImportJobData;
}

function linkOf({ image, batches = [] }: BoardData): { text: string; path: string } {
  const [batch] = batches;
  if (batch === undefined || image === undefined) return { text: 'Batches', path: '/' };
  const query = new URLSearchParams({ q: image });
  return { text: `Batch ${batch}`, path: `${batchPath(batch)}?${query}` };
}

interface BoardJob {
  readonly data: BoardData;
  /** Per cent. */
  readonly progress: number;
  readonly failedReason?: string;
}

/** `entry`: absent where the ledger does not know the import. */
function boardJob(trigger: ImportJobData, entry: LedgerEntry | undefined, now: number): BoardJob {
  if (!entry) {
    const note =
      'The ledger does not know this import: its batch was archived, or Redis was emptied.';
    const data = { note, trigger };
    return { data, progress: 0 };
  }
  const row = imageRow(entry, now);
  const { error } = row;
  const progress = row.state === 'succeeded' ? 100 : Math.floor((row.progress ?? 0) * 100);
  const data = omitUndefined({
    image: row.name,
    batches: entry.batches,
    state: row.held ? 'unknown (held)' : row.state,
    attempt: row.attempt,
    'IMS job': row.jobId,
    'image id': row.imageId,
    progress: row.progress === undefined ? undefined : `${progress} %`,
    code: error?.code,
    reason: error?.message,
    'what to do': error?.advice,
    'request id': error?.requestId,
    trigger,
  });
  if (row.state !== 'failed' || !error) return { data, progress };
  const advice = error.advice === undefined ? '' : ` What to do: ${error.advice}`;
  return { data, progress, failedReason: `${error.code}: ${error.message}${advice}` };
}

/** The same queue job with other data. */
function withLedgerData(job: Job<ImportJobData>, shown: BoardJob): Job {
  const toJSON = (): object => {
    const { failedReason: _, ...plain } = job.toJSON();
    const { data, progress, failedReason } = shown;
    // The stack is that of our own code, and says nothing about the image.
    return omitUndefined({ ...plain, data, progress, stacktrace: [], failedReason });
  };
  return Object.assign(Object.create(job) as Job, { toJSON });
}
