import { readFileSync } from 'node:fs';
import type { Redis } from 'ioredis';

type Value = Readonly<Record<string, unknown>>;

/** Keys of Redis as a version has left them, by their names. */
type LedgerDump = Readonly<Record<string, Value>>;

/** A recorded ledger, with texts replaced that only the test knows. */
export function readLedgerDump(name: string, replace: ReadonlyMap<string, string>): LedgerDump {
  const file = new URL(`../fixtures/ledgers/${name}.json`, import.meta.url);
  let text = readFileSync(file, 'utf8');
  for (const [old, now] of replace) text = text.replaceAll(old, now);
  return JSON.parse(text) as LedgerDump;
}

export async function loadLedgerDump(redis: Redis, dump: LedgerDump): Promise<void> {
  for (const [key, value] of Object.entries(dump)) {
    const { zset, set, list, string } = value as {
      zset?: string[];
      set?: string[];
      list?: string[];
      string?: string;
    };
    if (zset) {
      for (let at = 0; at < zset.length; at += 2) {
        await redis.zadd(key, Number(zset[at + 1]), zset[at] ?? '');
      }
    } else if (string !== undefined) await redis.set(key, string);
    else if (set) await redis.sadd(key, ...set);
    else if (list) await redis.rpush(key, ...list);
    else await redis.hset(key, value as Record<string, string>);
  }
}
