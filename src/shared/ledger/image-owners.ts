import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { type EntryHash, entryFromHash, type LedgerEntry } from './ledger-entry.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { LEDGER_SCHEMA } from './ledger-schema.ts';
import { runScript } from './run-script.ts';
import {
  FORGET_IMAGES_SCRIPT,
  INDEX_SCRIPT,
  OWNERS_SCRIPT,
  RAISE_SCRIPT,
} from './scripts/owner-scripts.ts';

/** An image that two imports name. */
export interface Clash {
  readonly imageId: string;
  readonly owner: ImportKey;
  readonly key: ImportKey;
}

const PAGE = 200;
const FORGOTTEN_AT_ONCE = 1000;

/** Which import has which image: an image belongs to one import only. Every change keeps it. */
export class ImageOwners {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** What has to be known before an image without a marker is taken for that of an import. */
  async about(entry: LedgerEntry, imageIds: readonly string[]) {
    const [isComplete, lost, owners, rivals] = await Promise.all([
      this.isComplete(),
      this.#redis.zcard(this.#keys.lost),
      this.of(imageIds),
      this.#rivalsOf(entry),
    ]);
    // One that is missing may be of the same name and source: nobody knows any more.
    return { isComplete: isComplete && lost === 0, owners, rivals };
  }

  async of(imageIds: readonly string[]): Promise<ReadonlyMap<string, ImportKey>> {
    const owners = new Map<string, ImportKey>();
    if (imageIds.length === 0) return owners;
    const args = [this.#keys.prefix, ...imageIds];
    const keys = [this.#keys.meta];
    const found = (await runScript(this.#redis, OWNERS_SCRIPT, { keys, args })) as string[];
    for (const [index, id] of imageIds.entries()) {
      const owner = found[index];
      if (owner) owners.set(id, owner);
    }
    return owners;
  }

  /** False while images may be missing: of a ledger that an older version wrote, or where keys were lost. */
  async isComplete(): Promise<boolean> {
    const [schema, unindexed] = await this.#redis.hmget(this.#keys.meta, 'schema', 'unindexed');
    const isOld = schema != null && Number(schema) < LEDGER_SCHEMA;
    return !isOld && unindexed == null;
  }

  /** Imports of the same name and source that may have created an image of which nobody knows. */
  async #rivalsOf({ key, request }: LedgerEntry): Promise<readonly LedgerEntry[]> {
    const { inFlight, unknown, unowned } = this.#keys;
    const [flying, doubted, left] = await Promise.all([
      this.#redis.smembers(inFlight),
      this.#redis.zrange(unknown, '0', '-1'),
      this.#redis.smembers(unowned),
    ]);
    const others = [...new Set([...flying, ...doubted, ...left])].filter((one) => one !== key);
    const rivals: LedgerEntry[] = [];
    for (let from = 0; from < others.length; from += PAGE) {
      const page = await this.#readAll(others.slice(from, from + PAGE));
      for (const one of page) {
        const { name, image_url } = one.request;
        if (name === request.name && image_url === request.image_url) rivals.push(one);
      }
    }
    return rivals;
  }

  async #readAll(keys: readonly ImportKey[]): Promise<readonly LedgerEntry[]> {
    const pipeline = this.#redis.pipeline();
    for (const key of keys) pipeline.hgetall(this.#keys.import(key));
    return ((await pipeline.exec()) ?? []).flatMap(([error, hash], index) => {
      if (error) throw error;
      return entryFromHash(keys[index] ?? '', hash as EntryHash) ?? [];
    });
  }

  /**
   * Takes a ledger of an older schema over: its workers are refused from now on, creates wait until they
   * have ended. Answers the schema that was there; 0 where there was none.
   */
  async raiseSchema(oldWorkerEndsMs: number): Promise<number> {
    const args = [this.#keys.prefix, String(LEDGER_SCHEMA), String(oldWorkerEndsMs)];
    return (await runScript(this.#redis, RAISE_SCRIPT, {
      keys: [this.#keys.meta],
      args,
    })) as number;
  }

  /** Enters what a ledger of an older schema has. May be run again, and by two at once. */
  async build(): Promise<readonly Clash[]> {
    const clashes: Clash[] = [];
    for (const batch of await this.#redis.zrange(this.#keys.batches, '0', '-1')) {
      for (let from = 0; ; from += PAGE) {
        const members = this.#keys.members(batch);
        const page = await this.#redis.zrange(members, String(from), String(from + PAGE - 1));
        if (page.length > 0) clashes.push(...(await this.#enter(page)));
        if (page.length < PAGE) break;
      }
    }
    await this.#redis.hdel(this.#keys.meta, 'unindexed');
    await this.#redis.publish(this.#keys.wake, 'indexed');
    return clashes;
  }

  async #enter(page: readonly ImportKey[]): Promise<readonly Clash[]> {
    const args = [this.#keys.prefix, ...page];
    const found = await runScript(this.#redis, INDEX_SCRIPT, { keys: [this.#keys.meta], args });
    const words = found as string[];
    const clashes: Clash[] = [];
    for (let at = 0; at + 2 < words.length; at += 3) {
      const [imageId = '', owner = '', key = ''] = words.slice(at, at + 3);
      clashes.push({ imageId, owner, key });
    }
    return clashes;
  }

  /** Images of imports that left the ledger long ago. */
  async forgetReleased(): Promise<void> {
    const args = [this.#keys.prefix, String(FORGOTTEN_AT_ONCE)];
    await runScript(this.#redis, FORGET_IMAGES_SCRIPT, { keys: [this.#keys.meta], args });
  }
}
