import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';

/** One thing that happened to an import. */
export interface StoryLine {
  /** Milliseconds since 1970, by Redis' clock. */
  readonly at: number;
  readonly text: string;
}

/** What happened to an import, the oldest first. Imports of an older version have none of it. */
export async function storyOf(
  redis: RedisConnection,
  keys: LedgerKeys,
  key: ImportKey,
): Promise<readonly StoryLine[]> {
  return readStory((await redis.hget(keys.import(key), 'story')) ?? '');
}

/** Lines that make no sense are left out. */
export function readStory(text: string): readonly StoryLine[] {
  return text.split('\n').flatMap((line) => {
    const [, at, what] = /^(\d{1,15}) (.+)$/.exec(line) ?? [];
    return what === undefined ? [] : [{ at: Number(at), text: what }];
  });
}
