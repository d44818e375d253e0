import { Queue } from 'bullmq';
import type { ImportKey } from '../image/import-key.ts';
import type { LedgerEntry } from '../ledger/ledger-entry.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { wholeMs } from '../runtime/clock.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { NO_TRACES, type Traces } from '../tracing/traces.ts';

export const SUBMIT_QUEUE = 'image-submit';
export const POLL_QUEUE = 'image-poll';

/** A queue job is only a trigger: the key names the import, the ledger decides what to do. */
export interface ImportJobData {
  readonly key: ImportKey;
  /** Image name, for people who use the dashboard. */
  readonly name: string;
  /** Of a poll: if the import has a newer queue job, this one ends. */
  readonly queued?: number;
  /** An IMS job of an older intent, polled as evidence. Stored data: the name stays. */
  readonly strayJobId?: string;
}

/** What a queue job id is made of, so that adding a job twice is harmless. */
export interface Trigger {
  readonly key: ImportKey;
  readonly name: string;
  readonly attempt: number;
  readonly epoch: number;
  readonly queued: number;
  readonly priority?: number;
}

/** The queue job of an import as the ledger has it. */
export function triggerOf(entry: LedgerEntry): Trigger {
  const { key, attempt, epoch, queued, priority, request } = entry;
  return omitUndefined({ key, name: request.name, attempt, epoch, queued, priority });
}

/** The processors delay a queue job again after an unexpected error; this is for when even that fails. */
const JOB_OPTIONS = {
  attempts: 1000,
  backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
  stackTraceLimit: 1,
} as const;
/** Ended queue jobs that are kept for people. Set by the workers, not in each job, to save memory. */
export const KEPT_JOBS = {
  removeOnComplete: { count: 2000 },
  removeOnFail: { count: 5000 },
} as const;
const PAGE = 500;
const LONG_QUEUE = 1000;
/** States of a queue job that will not be processed any more. */
const ENDED: ReadonlySet<string> = new Set(['completed', 'failed', 'unknown']);

export interface WaitingSubmits {
  has(trigger: Trigger): boolean;
}

/** BullMQ's key prefix; one hash tag with the ledger. */
export function queuePrefix(namespace: string): string {
  return `{imsferry:${namespace}}:q`;
}

/** The two queues, and the only code that adds jobs to them. */
export class Queues {
  readonly submit: Queue<ImportJobData>;
  readonly poll: Queue<ImportJobData>;

  readonly #connection: RedisConnection;
  readonly #prefix: string;
  readonly #traces: Traces;

  constructor(connection: RedisConnection, namespace: string, traces: Traces = NO_TRACES) {
    const { telemetry } = traces;
    const prefix = queuePrefix(namespace);
    const shared = { connection, prefix, defaultJobOptions: JOB_OPTIONS };
    const options = omitUndefined({ ...shared, telemetry });
    this.#connection = connection;
    this.#prefix = prefix;
    this.#traces = traces;
    this.submit = new Queue(SUBMIT_QUEUE, options);
    this.poll = new Queue(POLL_QUEUE, options);
    // Every call reports its own error; the connection has its own listeners.
    this.submit.on('error', () => undefined);
    this.poll.on('error', () => undefined);
  }

  async addSubmits(triggers: readonly Trigger[]): Promise<void> {
    for (let from = 0; from < triggers.length; from += PAGE) {
      await this.submit.addBulk(
        triggers.slice(from, from + PAGE).map((trigger) => {
          const { key, name, priority } = trigger;
          // Lets the worker that processes it continue the trace of its image.
          const metadata = this.#traces.metadataOf(trigger);
          const telemetry = metadata === undefined ? undefined : { metadata };
          const jobId = submitJobId(trigger);
          return { name, data: { key, name }, opts: omitUndefined({ jobId, telemetry, priority }) };
        }),
      );
    }
  }

  /** Moves a waiting submit to its new place in the queue; does nothing for an active one. */
  async reorder(trigger: Trigger): Promise<void> {
    const job = await this.submit.getJob(submitJobId(trigger));
    // It may become active at this moment: then the order does not matter any more.
    await job?.changePriority({ priority: trigger.priority ?? 0 }).catch(() => undefined);
  }

  async addPoll(trigger: Trigger, delayMs: number): Promise<void> {
    const data = { key: trigger.key, name: trigger.name, queued: trigger.queued };
    const options = { jobId: pollJobId(trigger), delay: Math.max(0, Math.round(delayMs)) };
    await this.#traces.within(trigger, () => this.poll.add(trigger.name, data, options));
  }

  /** Follows an IMS job that belongs to no intent any more. */
  async addLateJob(trigger: Trigger, imsJobId: string): Promise<void> {
    const data = { key: trigger.key, name: trigger.name, strayJobId: imsJobId };
    const options = { jobId: lateJobId(trigger.key, imsJobId) };
    await this.#traces.within(trigger, () => this.poll.add(trigger.name, data, options));
  }

  async followsLateJob(key: ImportKey, imsJobId: string): Promise<boolean> {
    return !ENDED.has(await this.poll.getJobState(lateJobId(key, imsJobId)));
  }

  /**
   * True while the import's own queue job waits or is active. A delayed one is promoted: delays use the clock
   * of the worker that set them, and that clock may have been set back since.
   */
  async promote(trigger: Trigger, queue: 'submit' | 'poll'): Promise<boolean> {
    const id = queue === 'submit' ? submitJobId(trigger) : pollJobId(trigger);
    const state = await this[queue].getJobState(id);
    // It may have started by itself meanwhile; then there is nothing to promote.
    if (state === 'delayed') await (await this[queue].getJob(id))?.promote().catch(() => undefined);
    return !ENDED.has(state);
  }

  /**
   * The waiting submits, read at once where there are very many: BullMQ scans the whole queue for each
   * request. One that is missing here may have been added meanwhile.
   */
  async waitingSubmits(): Promise<WaitingSubmits> {
    const ids = new Set<string>();
    if ((await this.submit.getWaitingCount()) < LONG_QUEUE) return { has: () => false };
    for (let from = 0; ; from += LONG_QUEUE) {
      const page = await this.submit.getRanges(['wait'], from, from + LONG_QUEUE - 1, false);
      for (const id of page) ids.add(id);
      if (page.length < LONG_QUEUE) return { has: (trigger) => ids.has(submitJobId(trigger)) };
    }
  }

  /** True while the import's submit waits in its queue; an active one may be about to end. */
  async waitsToSubmit(trigger: Trigger): Promise<boolean> {
    const state = await this.submit.getJobState(submitJobId(trigger));
    return state === 'waiting' || state === 'prioritized' || state === 'delayed';
  }

  /**
   * BullMQ's locks expire by the wall clock of Redis. Where that was set back, the queue jobs of a worker that
   * is gone would stay locked for as long; this shortens every lock to its longest time.
   */
  async shortenLocks(lockMs: number): Promise<void> {
    for (const { name } of [this.submit, this.poll]) {
      const queue = `${this.#prefix}:${name}`;
      await this.#connection.eval(SHORTEN, 1, `${queue}:active`, `${queue}:`, wholeMs(lockMs));
    }
  }

  async close(): Promise<void> {
    await Promise.all([this.submit.close(), this.poll.close()]);
  }
}

function submitJobId(trigger: Trigger): string {
  return `${trigger.key}-${trigger.attempt}-${trigger.queued}`;
}

function pollJobId(trigger: Trigger): string {
  return `${trigger.key}-p${trigger.epoch}-${trigger.queued}`;
}

/** The id is stored data, too. */
function lateJobId(key: ImportKey, imsJobId: string): string {
  return `${key}-stray-${imsJobId}`;
}

/** KEYS[1]: the list of active queue jobs. ARGV: the prefix of their locks' names, milliseconds. */
const SHORTEN = `
local function shorten(key)
  if redis.call('PTTL', key) > tonumber(ARGV[2]) then redis.call('PEXPIRE', key, ARGV[2]) end
end
shorten(ARGV[1] .. 'stalled-check')
for _, id in ipairs(redis.call('LRANGE', KEYS[1], 0, -1)) do shorten(ARGV[1] .. id .. ':lock') end`;
