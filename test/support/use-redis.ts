import { Redis } from 'ioredis';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { startTestRedis, type TestRedis } from './redis-server.ts';

export interface UsedRedis {
  readonly url: string;
  /** A connection to look into it and to hand to what is tested. */
  readonly client: Redis;
}

/** A real Redis for all tests of a file (or of a `describe`), with `emptied` flushed before each test. */
export function useRedis({ emptied = false } = {}): UsedRedis {
  let server: TestRedis | undefined;
  let client: Redis | undefined;
  beforeAll(async () => {
    server = await startTestRedis();
    client = new Redis(server.url);
  });
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  if (emptied) beforeEach(() => client?.flushall());
  const started = <T>(part: T | undefined): T => {
    if (part === undefined) throw new Error('Redis is there within tests only');
    return part;
  };
  return {
    get url() {
      return started(server).url;
    },
    get client() {
      return started(client);
    },
  };
}
