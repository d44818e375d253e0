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

/** Knows of one run of Redis what a power cut may take from its append-only file. */
export interface SyncedFile {
  /** Of a Redis that was killed: takes what was not synced, and answers how many bytes those were. */
  cut(share: number): Promise<number>;
  close(): void;
}

interface Place {
  readonly folder: string;
  readonly url: string;
  readonly fsync: Fsync;
}

/**
 * kill -9 loses nothing that the kernel has. A power cut does, and no more than this is ever taken:
 * - `always`: nothing. What was answered is on the disk.
 * - `everysec`, and Redis knows WAITAOF: what came after the moment in which Redis last confirmed that all is
 *   on the disk. Whatever a worker was confirmed is older.
 * - `everysec` without WAITAOF: what came in the last part (`share`) of the last second.
 */
export async function watchSynced(place: Place): Promise<SyncedFile> {
  if (place.fsync === 'always') return { cut: async () => 0, close: () => undefined };
  return (await knowsWaitAof(place.url))
    ? confirmed(place)
    : promised(place, await endOf(place.folder));
}

/** What Redis promises of `everysec`: at most the writes of the last second are lost. */
const PROMISED_MS = 1000;
const SAMPLE_MS = 20;

function promised({ folder }: Place, first: Mark): SyncedFile {
  let marks: readonly Mark[] = [first];
  const over = new AbortController();
  const sample = async (): Promise<void> => {
    while (!over.signal.aborted) {
      const mark = await endOf(folder).catch(() => undefined);
      if (mark && !over.signal.aborted) {
        // The youngest of the older ones stays: that is what was there a second ago.
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

function confirmed({ folder, url }: Place): SyncedFile {
  // What is on the disk ends here or before. Absent: nobody can say at this moment.
  let mark: Mark | undefined;
  // A connection that broke confirms nothing, and no command may be sent again on another one.
  const client = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  client.on('error', () => undefined);
  const ask = async (): Promise<void> => {
    for (;;) {
      await client.set('soak:confirmed', systemClock.now());
      // A later sync that anybody is told of takes this write along, so it is answered below, too.
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
      // Until all that it has answered was read.
      await asking;
      return cutTo(folder, mark);
    },
    close: () => client.disconnect(),
  };
}

async function knowsWaitAof(url: string): Promise<boolean> {
  const client = new Redis(url, { maxRetriesPerRequest: null });
  try {
    return ((await client.call('COMMAND', 'INFO', 'WAITAOF')) as unknown[])[0] !== null;
  } finally {
    client.disconnect();
  }
}

/** The part of the append-only file that is written to. */
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

/** A new part was begun since the mark: what was not synced is not known, so nothing is taken. */
async function cutTo(folder: string, mark: Mark | undefined): Promise<number> {
  const { file, size } = await endOf(folder);
  if (mark?.file !== file || mark.size >= size) return 0;
  await truncate(file, mark.size);
  return size - mark.size;
}
