import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';

/** A version of a manifest file whose images are all registered. */
export interface TakenFile {
  /** Of its bytes, in hex. */
  readonly sha256: string;
  readonly batch: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/**
 * Which files of watched folders were taken, so that a watcher that starts anew has nothing to do.
 * Only that: forgetting one registers its images once more, which changes nothing.
 */
export class TakenFiles {
  readonly #redis: RedisConnection;
  readonly #key: string;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#key = keys.files;
  }

  async get(file: string): Promise<TakenFile | undefined> {
    const text = await this.#redis.hget(this.#key, file);
    return text === null ? undefined : (JSON.parse(text) as TakenFile);
  }

  /** The file is not in its folder any more: one that is dropped there is taken as a new one. */
  async forget(file: string): Promise<void> {
    await this.#redis.hdel(this.#key, file);
  }

  async set(file: string, taken: TakenFile): Promise<void> {
    await this.#redis.hset(this.#key, file, JSON.stringify(taken));
  }
}
