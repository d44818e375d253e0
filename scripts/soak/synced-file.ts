import { readdir, stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import type { Fsync } from './options.ts';

/** Where the append-only file ended at some moment. */
interface Mark {
  readonly at: number;
  readonly file: string;
  readonly size: number;
}

/** Knows, for one run of Redis, what a power cut may take from its append-only file. */
interface SyncedFile {
  /** After Redis was killed: removes what was not synced, and returns how many bytes that was. */
  cut(share: number): Promise<number>;
  close(): void;
}

/**
 * kill -9 loses nothing that the kernel has. A power cut does; this is the most that is ever taken:
 * - `always`: nothing. Every acknowledged write is on the disk.
 * - `everysec`, and Redis has WAITAOF: what was written after Redis last confirmed that everything is on the
 *   disk. All confirmations that workers received are older.
 * - `everysec` without WAITAOF: the writes of the last part (`share`) of the last second.
 */
export async function watchSynced(folder: string, fsync: Fsync): Promise<SyncedFile> {
  if (fsync === 'always') return { cut: async () => 0, close: () => undefined };
  return (await hasWaitAof(folder)) ? confirmed(folder) : promised(folder, await endOf(folder));
}

/** What Redis promises of `everysec`: at most the writes of the last second are lost. */
const PROMISED_MS = 1000;
const SAMPLE_MS = 20;

function promised(folder: string, first: Mark): SyncedFile {
  let marks: readonly Mark[] = [first];
  const over = new AbortController();
  const sample = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const mark = await endOf(folder).catch(() => undefined);
      if (mark && !over.signal.aborted) {
        // The latest of the older marks stays: the size of a second ago.
        const from = marks.findLastIndex(({ at }) => at <= mark.at - PROMISED_MS);
        marks = [...marks.slice(Math.max(0, from)), mark];
      }
      await systemClock.sleep(SAMPLE_MS, over.signal);
    }
  };
  void sample();
  return {
    cut: async (share) => {
      over.abort();
      const since = systemClock.monotonic() - share * PROMISED_MS;
      return cutTo(folder, marks.find(({ at }) => at >= since) ?? marks.at(-1));
    },
    close: () => over.abort(),
  };
}

function confirmed(folder: string): SyncedFile {
  // Nothing before this mark is ever taken. Absent: not known at this moment.
  let mark: Mark | undefined;
  // A broken connection confirms nothing, and no command may be repeated on another one.
  const once = { retryStrategy: () => null, maxRetriesPerRequest: 0 };
  const client = new Redis({ path: join(folder, 'redis.sock'), ...once });
  client.on('error', () => undefined);
  const ask = async (): Promise<void> => {
    for (;;) {
      await client.set('soak:confirmed', systemClock.now());
      // Any later confirmation covers this write, so it is confirmed below, too.
      mark = await endOf(folder);
      await client.call('WAITAOF', 1, 0, 0);
      mark = undefined;
    }
  };
  const asking = ask().catch((error: unknown) => {
    if (error instanceof Error && error.name === 'ReplyError') mark = undefined;
  });
  return {
    cut: async () => {
      // Until all its answers have been read.
      await asking;
      return cutTo(folder, mark);
    },
    close: () => client.disconnect(),
  };
}

/** Waits for Redis, also while it loads its data. */
export function clientOf(folder: string): Redis {
  const client = new Redis({
    path: join(folder, 'redis.sock'),
    maxRetriesPerRequest: null,
    retryStrategy: () => 20,
  });
  client.on('error', () => undefined);
  return client;
}

async function hasWaitAof(folder: string): Promise<boolean> {
  const client = clientOf(folder);
  try {
    return ((await client.call('COMMAND', 'INFO', 'WAITAOF')) as unknown[])[0] !== null;
  } finally {
    client.disconnect();
  }
}

/** The part of the append-only file that Redis is writing. */
async function endOf(folder: string): Promise<Mark> {
  const at = systemClock.monotonic();
  const place = join(folder, 'appendonlydir');
  const parts = (await readdir(place)).filter((name) => name.endsWith('.incr.aof'));
  const last = parts.sort((a, b) => partOf(a) - partOf(b)).at(-1);
  if (last === undefined) throw new Error('Redis has no append-only file');
  const file = join(place, last);
  return { at, file, size: (await stat(file)).size };
}

/** Of a name like appendonly.aof.12.incr.aof. */
function partOf(name: string): number {
  return Number(/\.(\d+)\.incr\.aof$/.exec(name)?.[1] ?? 0);
}

/** Where a new part was begun since the mark, nothing is taken: what was not synced is not known. */
async function cutTo(folder: string, mark: Mark | undefined): Promise<number> {
  const { file, size } = await endOf(folder);
  if (mark?.file !== file || mark.size >= size) return 0;
  await truncate(file, mark.size);
  return size - mark.size;
}
