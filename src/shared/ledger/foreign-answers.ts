import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';

/** Answers in a row that were not the cloud's own, and the last of them. */
export interface ForeignRow {
  readonly count: number;
  readonly code: string;
  readonly message: string;
}

type Kind = 'submit' | 'read';

/** Longer than the longest pause that they cause. */
const KEPT_MS = 120_000;

/** What answers in the place of the cloud, as all workers have seen it. Forgotten by itself. */
export class ForeignAnswers {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;
  readonly #counted = new Set<Kind>();

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** One more; answers how many in a row that makes. */
  async note(kind: Kind, last: Pick<ForeignRow, 'code' | 'message'>): Promise<number> {
    this.#counted.add(kind);
    const key = this.#keys.foreign(kind);
    const { code, message } = last;
    const answers = await this.#redis
      .multi()
      .hincrby(key, 'count', 1)
      .hset(key, { code, message })
      .pexpire(key, KEPT_MS)
      .exec();
    return Number(answers?.[0]?.[1] ?? 1);
  }

  /** The cloud itself has answered. Costs nothing where nothing was counted. */
  async end(kind: Kind): Promise<void> {
    if (this.#counted.delete(kind)) await this.#redis.del(this.#keys.foreign(kind));
  }

  /** The longer of the rows that go on, if one does. */
  async row(): Promise<ForeignRow | undefined> {
    const rows = await Promise.all([this.#read('submit'), this.#read('read')]);
    return rows.filter((row) => row !== undefined).sort((a, b) => b.count - a.count)[0];
  }

  async #read(kind: Kind): Promise<ForeignRow | undefined> {
    const { count, code = '', message = '' } = await this.#redis.hgetall(this.#keys.foreign(kind));
    return count === undefined ? undefined : { count: Number(count), code, message };
  }
}
