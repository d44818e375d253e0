import { hash } from 'node:crypto';
import { z } from 'zod';
import type { DiskFile } from '../disk-file/disk-file.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { HeaderCache, Version } from '../source-file/source-files.ts';
import type { LedgerKeys } from './ledger-keys.ts';

const FORMATS = {
  ...{ qcow2: 0, qcow: 0, vmdk: 0, vhd: 0, vhdx: 0, vdi: 0, qed: 0, zvhd: 0, zvhd2: 0 },
  ...{ iso: 0, ova: 0, gzip: 0, raw: 0 },
} satisfies Record<DiskFile['format'], 0>;
const CODES = {
  ...{ ENCRYPTED: 0, BACKING_FILE: 0, PARENT: 0, EXTENTS_ELSEWHERE: 0, CUT_OFF: 0 },
  ...{ COMPRESSED: 0, NOT_AN_IMAGE: 0, NOT_CLOSED: 0, DAMAGED: 0 },
} satisfies Record<DiskFile['faults'][number]['code'], 0>;

function wordsOf<Word extends string>(words: Readonly<Record<Word, 0>>) {
  return z.custom<Word>((value) => typeof value === 'string' && Object.hasOwn(words, value));
}

const keptSchema = z.object({
  etag: z.string(),
  bytes: z.number(),
  by: z.string(),
  file: z.object({
    format: wordsOf(FORMATS),
    virtualBytes: z.number().nonnegative().optional(),
    partitions: z.enum(['gpt', 'mbr']).optional(),
    isUefi: z.boolean().optional(),
    isBios: z.boolean().optional(),
    faults: z.array(
      z.object({
        code: wordsOf(CODES),
        message: z.string(),
        advice: z.string(),
        mayWork: z.literal(true).optional(),
      }),
    ),
  }),
});

const DAY_MS = 86_400_000;
const KEPT_MS = 7 * DAY_MS;
/** About 10 MB of Redis. With more than that all are forgotten: reading them again costs minutes. */
const MOST_HEADERS = 50_000;
const MOST_CHARACTERS = 1000;

interface CacheOptions {
  readonly redis: RedisConnection;
  readonly keys: Pick<LedgerKeys, 'headers'>;
  /** Of this program: another version may read the same header differently. */
  readonly version: string;
}

/**
 * Keeps what headers say in Redis, by object; never trusted for another ETag or size. What cannot be
 * read or written is no failure: the object is read again.
 */
export function createHeaderCache({ redis, keys, version: by }: CacheOptions): HeaderCache {
  const write = async (url: string, text: string): Promise<void> => {
    if ((await redis.hlen(keys.headers)) >= MOST_HEADERS) await redis.unlink(keys.headers);
    await redis.hset(keys.headers, fieldOf(url), text);
    await redis.pexpire(keys.headers, KEPT_MS);
  };
  return {
    get: async (url, of) => {
      const text = await redis.hget(keys.headers, fieldOf(url)).catch(() => null);
      return text === null ? undefined : readKept(text, { ...of, by });
    },
    set: async (url, of, file) => {
      const text = JSON.stringify({ ...of, by, file });
      if (text.length <= MOST_CHARACTERS) await write(url, text).catch(() => undefined);
    },
  };
}

/** The names of objects say much about their owner. */
function fieldOf(url: string): string {
  return hash('sha256', url, 'base64url').slice(0, 22);
}

function readKept(
  text: string,
  { etag, bytes, by }: Version & { readonly by: string },
): DiskFile | undefined {
  try {
    const kept = keptSchema.parse(JSON.parse(text));
    if (kept.etag !== etag || kept.bytes !== bytes || kept.by !== by) return undefined;
    const { format, faults } = kept.file;
    return { ...omitUndefined(kept.file), format, faults: faults.map(omitUndefined) };
  } catch {
    return undefined;
  }
}
