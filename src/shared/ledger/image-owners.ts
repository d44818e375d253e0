import { z } from 'zod';
import type { ImageRequest } from '../image/image-request.ts';
import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { asHash, entryFromHash, type LedgerEntry } from './ledger-entry.ts';
import { LEDGER_SCHEMA, type LedgerKeys } from './ledger-keys.ts';
import { execute, luaFile, NO_ANSWER, OWNER_HASHES, StorePart } from './scripts.ts';

/** An image that two imports name. */
interface Clash {
  readonly imageId: string;
  readonly owner: ImportKey;
  readonly key: ImportKey;
}

const LUA = luaFile('owners.lua');
const OWNERS = LUA.script('owners', z.array(z.string()));
const RAISE = LUA.script('raise', z.number());
const INDEX = LUA.script('index', z.array(z.tuple([z.string(), z.string(), z.string()])));
const FORGET_RELEASED = LUA.script('forgetReleased', NO_ANSWER);

const PAGE = 200;
/** The first schema with an index. */
const INDEX_SCHEMA = 2;
const FORGOTTEN_AT_ONCE = 1000;
/** Hashes that are read at once: a million images are a thousand in each. */
const HASHES_AT_ONCE = 16;

/** The index of images: an image belongs to one import only. Every change keeps it up to date. */
export class ImageOwners extends StorePart {
  /** What has to be known before an image without a marker is attributed to an import. */
  async about(entry: LedgerEntry, imageIds: readonly string[]) {
    const [isComplete, lost, owners, rivals] = await Promise.all([
      this.isComplete(),
      this.redis.zcard(this.keys.lost),
      this.of(imageIds),
      this.#rivalsOf(entry),
    ]);
    // A missing import may have the same name and source: nobody knows any more.
    return { isComplete: isComplete && lost === 0, owners, rivals };
  }

  async of(imageIds: readonly string[]): Promise<ReadonlyMap<string, ImportKey>> {
    if (imageIds.length === 0) return new Map();
    const found = await this.run(OWNERS, this.keys.meta, { images: imageIds });
    const pairs = imageIds.map((id, index) => [id, found[index] ?? ''] as const);
    return new Map(pairs.filter(([, owner]) => owner !== ''));
  }

  /** False while images may be missing: in a ledger of an older version, or where keys were lost. */
  async isComplete(): Promise<boolean> {
    const [schema, unindexed] = await this.redis.hmget(this.keys.meta, 'schema', 'unindexed');
    const isOld = schema != null && Number(schema) < INDEX_SCHEMA;
    return !isOld && unindexed == null;
  }

  /** Imports of the same name and source that may have created an image of which nobody knows. */
  async #rivalsOf({ key, request }: LedgerEntry): Promise<readonly LedgerEntry[]> {
    const { inFlight, unknown, unowned } = this.keys;
    const lists = await Promise.all([
      this.redis.smembers(inFlight),
      this.redis.zrange(unknown, '0', '-1'),
      this.redis.smembers(unowned),
    ]);
    const others = [...new Set(lists.flat())].filter((one) => one !== key);
    const rivals: LedgerEntry[] = [];
    for (let from = 0; from < others.length; from += PAGE) {
      for (const one of await this.#readAll(others.slice(from, from + PAGE))) {
        if (isAlike(one.request, request)) rivals.push(one);
      }
    }
    return rivals;
  }

  /** A key of another type is an error: it may be a rival. */
  async #readAll(keys: readonly ImportKey[]): Promise<readonly LedgerEntry[]> {
    const pipeline = this.redis.pipeline();
    for (const key of keys) pipeline.hgetall(this.keys.import(key));
    const hashes = await execute(pipeline);
    return hashes.flatMap((hash, at) => entryFromHash(keys[at] ?? '', asHash(hash)) ?? []);
  }

  /**
   * Takes over a ledger of an older schema: its workers are refused from now on, creates wait until they
   * have ended. Returns the schema that was there; 0 where there was none.
   */
  async raiseSchema(oldWorkerEndsMs: number): Promise<number> {
    return this.run(RAISE, this.keys.meta, { schema: LEDGER_SCHEMA, oldWorkerEndsMs });
  }

  /** Enters what a ledger of an older schema has. May be run again, and by two at once. */
  async build(): Promise<readonly Clash[]> {
    const clashes: Clash[] = [];
    for (const batch of await this.redis.zrange(this.keys.batches, '0', '-1')) {
      for (let from = 0; ; from += PAGE) {
        const members = this.keys.members(batch);
        const page = await this.redis.zrange(members, String(from), String(from + PAGE - 1));
        const found = await this.run(INDEX, this.keys.meta, { keys: page });
        clashes.push(...found.map(([imageId, owner, key]) => ({ imageId, owner, key })));
        if (page.length < PAGE) break;
      }
    }
    await this.redis.hdel(this.keys.meta, 'unindexed');
    await this.redis.publish(this.keys.wake, 'indexed');
    return clashes;
  }

  /** Forgets images of imports that left the ledger long ago. */
  async forgetReleased(): Promise<void> {
    await this.run(FORGET_RELEASED, this.keys.meta, { limit: FORGOTTEN_AT_ONCE });
  }
}

/** The same name and source; of copies also the same way and region. */
function isAlike(one: ImageRequest, other: ImageRequest): boolean {
  if (one.name !== other.name || one.image_url !== other.image_url) return false;
  if (one.kind !== 'copy' || other.kind !== 'copy')
    return one.kind !== 'copy' && other.kind !== 'copy';
  return one.to?.cloud === other.to?.cloud;
}

/**
 * All images that the index has under these keys. Reads the whole index, part by part: only for imports that
 * the ledger has lost, for which nothing new is entered meanwhile.
 */
export async function imagesInIndex(
  redis: RedisConnection,
  { owners }: LedgerKeys,
  of: ReadonlySet<ImportKey>,
): Promise<Readonly<Record<ImportKey, readonly string[]>>> {
  const images: Record<ImportKey, readonly string[]> = {};
  for (let from = 0; from < OWNER_HASHES; from += HASHES_AT_ONCE) {
    const pipeline = redis.pipeline();
    for (let n = from; n < from + HASHES_AT_ONCE; n += 1) pipeline.hgetall(owners(n));
    // One of another type is moved aside by the workers, which then rebuild the index.
    for (const hash of await execute(pipeline, 'WRONGTYPE')) {
      for (const [id, key] of Object.entries(asHash(hash ?? {}))) {
        if (of.has(key)) images[key] = [...(images[key] ?? []), id];
      }
    }
  }
  return images;
}
