import type { RedisConnection } from '../redis/redis-connection.ts';

/** What could not be read of the image list, or that it could not be read, when that was tried last. */
export interface OddNote {
  /** In words. */
  readonly text: string;
  /** Creates wait for it: its code. */
  readonly blocks?: string;
}

/** The note of the worker that lists the project, for all that show why nothing moves. */
export class OddImages {
  readonly #redis: RedisConnection;
  readonly #key: string;

  constructor(redis: RedisConnection, key: string) {
    this.#redis = redis;
    this.#key = key;
  }

  /** Answers whether that is news. `undefined`: everything could be read. */
  async note(note: OddNote | undefined): Promise<boolean> {
    if (note === undefined) {
      await this.#redis.del(this.#key);
      return false;
    }
    const text = JSON.stringify(note);
    return (await this.#redis.set(this.#key, text, 'GET')) !== text;
  }

  async read(): Promise<OddNote | undefined> {
    const text = await this.#redis.get(this.#key);
    return text === null ? undefined : (JSON.parse(text) as OddNote);
  }
}
