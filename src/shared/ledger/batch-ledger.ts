import type { ManifestImage } from '../image/image-request.ts';
import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { Status } from '../state/import-state.ts';
import { STATUSES } from '../state/machine.ts';
import { type ArchiveMark, parseMark } from './archive-mark.ts';
import { countOf, troublesOf } from './batch-counts.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { registerImages } from './register-images.ts';

export type Counts = Readonly<Record<Status | 'held', number>>;

/** Images of a batch that came to rest with one code. */
export interface Trouble {
  readonly kind: 'failed' | 'held';
  readonly code: string;
  readonly count: number;
}

export interface BatchSummary {
  readonly batch: string;
  readonly counts: Counts;
  /** Without those that are missing. */
  readonly total: number;
  /** Images that the batch had and the ledger has lost, as far as it was noticed. */
  readonly missing: number;
  readonly createdAt: number;
  readonly finishedAt?: number;
  readonly isPaused: boolean;
  /** It is on its way from the ledger into a file. */
  readonly archiving?: ArchiveMark;
  /** The most frequent first. Images that failed before this was counted are not in it. */
  readonly troubles: readonly Trouble[];
}

/** What registering found: `new`, or the state that it is in. */
export interface Registered {
  readonly key: ImportKey;
  readonly name: string;
  readonly kind: 'new' | Status;
  readonly attempt: number;
  readonly queued: number;
  /** Of the manifest. */
  readonly priority?: number;
  /** True when the ledger holds another priority. */
  readonly isReordered: boolean;
  /** Field names that differ from what the ledger holds. */
  readonly differs: readonly string[];
}

export interface KeyState {
  readonly key: ImportKey;
  /** `null`: Redis was emptied in between. */
  readonly status: Status | null;
}

export interface RegisterOptions {
  readonly now: number;
  readonly due: number;
}

const PAGE = 500;

/** Batches: gathers imports under a name and counts their states. */
export class BatchLedger {
  readonly #redis: RedisConnection;
  readonly keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.keys = keys;
  }

  /** Registers a page of images; doing it again changes nothing that is under way. */
  async register(
    batch: string,
    images: readonly ManifestImage[],
    options: RegisterOptions,
  ): Promise<readonly Registered[]> {
    return registerImages({ redis: this.#redis, keys: this.keys, batch, options }, images);
  }

  /** The place in the queue that the next queue jobs of an import get. */
  async setPriority(key: ImportKey, priority: number | undefined): Promise<void> {
    const hash = this.keys.import(key);
    if (priority === undefined) await this.#redis.hdel(hash, 'priority');
    else await this.#redis.hset(hash, 'priority', String(priority));
  }

  /** A paused batch submits nothing more. False when there is no such batch. */
  async setPaused(batch: string, paused: boolean): Promise<boolean> {
    const hash = this.keys.batch(batch);
    if ((await this.#redis.exists(hash)) === 0) return false;
    if (paused) await this.#redis.hset(hash, 'paused', '1');
    else await this.#redis.hdel(hash, 'paused');
    await this.#redis.publish(this.keys.wake, paused ? 'paused' : 'resumed');
    return true;
  }

  /** The image list is scanned before the next create. */
  async wantScan(): Promise<void> {
    await this.#redis.hdel(this.keys.meta, 'scanned_at');
  }

  async names(): Promise<readonly string[]> {
    return this.#redis.zrange(this.keys.batches, '0', '-1');
  }

  async summary(batch: string): Promise<BatchSummary | undefined> {
    const hash = await this.#redis.hgetall(this.keys.batch(batch));
    const createdAt = hash['created_at'];
    if (createdAt === undefined) return undefined;
    const counts = { held: countOf(hash['held']) } as Record<Status | 'held', number>;
    for (const status of STATUSES) counts[status] = countOf(hash[`n:${status}`]);
    const finishedAt = hash['finished_at'];
    const mark = hash['archiving'];
    return {
      batch,
      counts,
      total: STATUSES.reduce((sum, status) => sum + counts[status], 0),
      missing: countOf(hash['missing']),
      createdAt: Number(createdAt),
      isPaused: hash['paused'] === '1',
      troubles: troublesOf(hash),
      ...(finishedAt === undefined ? {} : { finishedAt: Number(finishedAt) }),
      ...(mark === undefined ? {} : { archiving: parseMark(mark) }),
    };
  }

  /** Import keys of a batch in the manifest's order. */
  async members(batch: string, from: number, count: number): Promise<readonly ImportKey[]> {
    return this.#redis.zrange(this.keys.members(batch), String(from), String(from + count - 1));
  }

  /** The same with the state of each, for who looks for a few among very many. */
  async states(batch: string, from: number, count: number): Promise<readonly KeyState[]> {
    const keys = await this.members(batch, from, count);
    const pipeline = this.#redis.pipeline();
    for (const key of keys) pipeline.hget(this.keys.import(key), 'state');
    const answers = (await pipeline.exec()) ?? [];
    return answers.map(([error, status], index) => {
      // Put aside by the workers, and missing then.
      const isDamaged = error?.message.startsWith('WRONGTYPE');
      if (error && !isDamaged) throw error;
      return { key: keys[index] ?? '', status: isDamaged ? null : (status as Status | null) };
    });
  }

  /** How many images of a batch the ledger has lost, counted now. */
  async countMissing(batch: string): Promise<number> {
    let missing = 0;
    for (let from = 0; ; from += PAGE) {
      const states = await this.states(batch, from, PAGE);
      missing += states.filter(({ status }) => status === null).length;
      if (states.length < PAGE) return missing;
    }
  }

  /** Imports that hold a place, of all batches. */
  async inFlight(): Promise<readonly ImportKey[]> {
    return this.#redis.smembers(this.keys.inFlight);
  }
}
