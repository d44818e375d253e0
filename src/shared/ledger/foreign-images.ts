import type { ImportKey } from '../image/import-key.ts';
import type { Explained } from '../look-up/match-images.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { runScript } from './run-script.ts';
import { NOTE_FOREIGN_SCRIPT } from './scripts/foreign-script.ts';

/** An image with our marker that another installation has created. */
export interface ForeignImage {
  readonly key: ImportKey;
  readonly imageId: string;
  readonly name: string;
  readonly status: string;
}

/** Another installation works on the project, and nobody has settled that yet. */
export interface ForeignAlarm {
  readonly count: number;
  readonly example: ForeignImage;
}

/** What this ledger knows of images that another installation has made in its project. */
export class ForeignImages {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** `undefined` before the first scan, and after a loss: then every image may be ours. */
  async explained(): Promise<Explained | undefined> {
    const { meta } = this.#keys;
    const [from, archivedAt] = await this.#redis.hmget(meta, 'explained_until', 'archived_at');
    return from == null ? undefined : { from: Number(from), archivedAt: Number(archivedAt ?? 0) };
  }

  /**
   * A complete list was read at this time of IMS: what is in it may be ours. `anew`: although one was read
   * before, because the ledger may have lost something since.
   */
  async explainUntil(serverTime: number, anew: boolean): Promise<void> {
    const { meta } = this.#keys;
    // The header tells whole seconds.
    const until = serverTime + 1000;
    if (anew) await this.#redis.hset(meta, 'explained_until', until);
    else await this.#redis.hsetnx(meta, 'explained_until', until);
  }

  /** The ledger has lost something: until the next scan nothing is suspected. */
  async explainAll(): Promise<void> {
    await this.#redis.hdel(this.#keys.meta, 'explained_until');
  }

  async notInFlight(keys: readonly ImportKey[]): Promise<readonly ImportKey[]> {
    if (keys.length === 0) return [];
    const are = await this.#redis.smismember(this.#keys.inFlight, ...keys);
    return keys.filter((_, at) => are[at] === 0);
  }

  /** Those that this ledger has moved before, whether it still has them or not. */
  async moved(keys: readonly ImportKey[]): Promise<ReadonlySet<ImportKey>> {
    if (keys.length === 0) return new Set();
    const scores = await this.#redis.zmscore(this.#keys.changes, ...keys);
    return new Set(keys.filter((_, at) => scores[at] != null));
  }

  /** Raises the alarm for images that were not noted yet; answers their ids. */
  async note(images: readonly ForeignImage[]): Promise<ReadonlySet<string>> {
    if (images.length === 0) return new Set();
    const { others, othersKnown } = this.#keys;
    const fields = images.flatMap((image) => [image.imageId, JSON.stringify(image)]);
    const news = await runScript(this.#redis, NOTE_FOREIGN_SCRIPT, {
      keys: [others, othersKnown],
      args: fields,
    });
    return new Set(news as string[]);
  }

  async alarm(): Promise<ForeignAlarm | undefined> {
    const { others } = this.#keys;
    const count = await this.#redis.hlen(others);
    if (count === 0) return undefined;
    const [, [, text] = []] = await this.#redis.hscan(others, '0', 'COUNT', 1);
    return text === undefined ? undefined : { count, example: JSON.parse(text) as ForeignImage };
  }

  /** A person has seen to it; answers how many images there were. */
  async settle(): Promise<number> {
    const { others } = this.#keys;
    const count = await this.#redis.hlen(others);
    await this.#redis.del(others);
    return count;
  }
}

/** The alarm in one line, with what to do. */
export function othersText({ count, example }: ForeignAlarm): string {
  const what = count === 1 ? '1 image' : `${count} images`;
  return `Another installation works on this project: IMS shows ${what} that this ledger did not create, such as ${example.name} (image ${example.imageId}). Batches with the same images were paused. End one of the two installations (ims-ferry reconcile lists the images), then run: ims-ferry resume [BATCH]`;
}
