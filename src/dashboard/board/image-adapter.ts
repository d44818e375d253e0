import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import type { Job, Queue } from 'bullmq';
import { type AttemptDeps, newAttempt } from '../../shared/attempt/new-attempt.ts';
import type { ImportJobData } from '../../shared/queues/queues.ts';
import { batchPath } from '../pages/addresses.ts';
import type { BoardDeps } from './board-deps.ts';
import { dressed, type ShownData, shownJob } from './shown-job.ts';

type JobStatuses = Parameters<BullMQAdapter['getJobs']>[0];

/** Of each state. */
const MOST_SHOWN = 100;

/** A queue as the board sees it: queue jobs are only triggers, so it shows the ledger's truth. */
export class ImageAdapter extends BullMQAdapter {
  readonly #deps: BoardDeps & AttemptDeps;
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
        const { text, path } = linkOf(job['data'] as Partial<ShownData>);
        return { text, href: deps.at.of(path) };
      },
    });
    this.#deps = deps;
    this.#queue = queue;
  }

  override async getJob(id: string): Promise<Job | undefined> {
    const job = (await this.#queue.getJob(id)) as Job<ImportJobData> | undefined;
    return job && (await this.#dress([job]))[0];
  }

  /** However many are asked for: a page of them, or this process would be busy with them alone. */
  override async getJobs(statuses: JobStatuses, start = 0, end = -1): Promise<Job[]> {
    const from = Math.max(0, start || 0);
    const last = from + MOST_SHOWN - 1;
    const to = end >= from ? Math.min(end, last) : last;
    const jobs = await super.getJobs(statuses, from, to);
    return this.#dress(jobs.filter(Boolean) as Job<ImportJobData>[]);
  }

  /** The story of the image, of all its attempts. */
  override async getJobLogs(id: string): Promise<string[]> {
    const job = await this.#queue.getJob(id);
    if (!job) return [];
    const { ledger } = this.#deps;
    const story = await ledger.story(job.data.key);
    return story.map(({ at, text }) => `${new Date(at).toISOString()} ${text}`);
  }

  async #dress(jobs: readonly Job<ImportJobData>[]): Promise<Job[]> {
    const { ledger, clock } = this.#deps;
    const keys = [...new Set(jobs.map(({ data }) => data.key))];
    const entries = new Map((await ledger.readMany(keys)).map((entry) => [entry.key, entry]));
    const now = clock.now();
    return jobs.map((job) => {
      const shown = shownJob(job.data, entries.get(job.data.key), now);
      return dressed(job, shown, { retry: () => this.#retry(job) });
    });
  }

  /**
   * A new attempt through the ledger, which says no to what has not failed. The queue job of the old
   * attempt goes: it would tell of a failure that is not there any more.
   */
  async #retry(job: Job<ImportJobData>): Promise<void> {
    const entry = await this.#deps.ledger.read(job.data.key);
    if (entry?.state.status !== 'failed') return;
    const started = await newAttempt(this.#deps, job.data.key, { type: 'retry' });
    if (started) await job.remove().catch(() => undefined);
  }
}

function linkOf({ image, batches }: Partial<ShownData>): { text: string; path: string } {
  const [batch] = batches ?? [];
  if (batch === undefined || image === undefined) return { text: 'Batches', path: '/' };
  return {
    text: `Batch ${batch}`,
    path: `${batchPath(batch)}?${new URLSearchParams({ q: image })}`,
  };
}
