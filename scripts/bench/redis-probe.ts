import { Redis } from 'ioredis';

/** Looks at the Redis of a bench from outside. */
export class RedisProbe {
  readonly client: Redis;

  constructor(url: string) {
    this.client = new Redis(url, { maxRetriesPerRequest: null });
  }

  /** All commands that were run since the start, those within scripts too. */
  async commands(): Promise<number> {
    return this.#figure('stats', 'total_commands_processed');
  }

  async memory(): Promise<number> {
    return this.#figure('memory', 'used_memory');
  }

  async keys(): Promise<number> {
    return this.client.dbsize();
  }

  close(): void {
    this.client.disconnect();
  }

  async #figure(section: string, name: string): Promise<number> {
    const info = await this.client.info(section);
    return Number(new RegExp(`^${name}:(\\d+)`, 'm').exec(info)?.[1] ?? 0);
  }
}
