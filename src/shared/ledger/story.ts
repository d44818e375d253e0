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

/**
 * `TIME TEXT`, and after the first line `+MILLISECONDS TEXT`, counted from the first one's time. Lines
 * that make no sense are left out.
 */
export function readStory(text: string): readonly StoryLine[] {
  const begun = Number(/^(\d{1,15}) /.exec(text)?.[1] ?? 0);
  return text.split('\n').flatMap((line) => {
    const [, later, at, what] = /^(\+?)(\d{1,15}) (.+)$/.exec(line) ?? [];
    if (what === undefined) return [];
    return [{ at: later === '+' ? begun + Number(at) : Number(at), text: what }];
  });
}
