import { z } from 'zod';
import type { ImportKey } from '../image/import-key.ts';
import type { Explained } from '../look-up/match-images.ts';
import { luaFile, StorePart } from './scripts.ts';

type Kind = 'submit' | 'read';

/** Consecutive answers that did not come from the cloud, and the last of them. */
interface ForeignRow {
  readonly count: number;
  readonly code: string;
  readonly message: string;
}

/** Longer than the longest pause that they cause. */
const KEPT_MS = 120_000;

/** What answers in the place of the cloud, as all workers have seen it. Expires by itself. */
export class ForeignAnswers extends StorePart {
  readonly #counted = new Set<Kind>();

  /** One more; returns how many in a row that makes. */
  async note(kind: Kind, last: Pick<ForeignRow, 'code' | 'message'>): Promise<number> {
    this.#counted.add(kind);
    const key = this.keys.foreign(kind);
    const { code, message } = last;
    const answers = await this.redis
      .multi()
      .hincrby(key, 'count', 1)
      .hset(key, { code, message })
      .pexpire(key, KEPT_MS)
      .exec();
    return Number(answers?.[0]?.[1] ?? 1);
  }

  /** The cloud itself has answered. Costs nothing where nothing was counted. */
  async end(kind: Kind): Promise<void> {
    if (this.#counted.delete(kind)) await this.redis.del(this.keys.foreign(kind));
  }

  /** The longer one of the rows that have not ended, if there is one. */
  async row(): Promise<ForeignRow | undefined> {
    const rows = await Promise.all([this.#read('submit'), this.#read('read')]);
    return rows.filter((row) => row !== undefined).sort((a, b) => b.count - a.count)[0];
  }

  async #read(kind: Kind): Promise<ForeignRow | undefined> {
    const { count, code = '', message = '' } = await this.redis.hgetall(this.keys.foreign(kind));
    return count === undefined ? undefined : { count: Number(count), code, message };
  }
}

const imageSchema = z.object({
  key: z.string(),
  imageId: z.string(),
  name: z.string(),
  status: z.string(),
});
const NOTE_FOREIGN = luaFile('project.lua').script('noteForeign', z.array(z.string()));

/** An image with our marker that another installation has created. */
type ForeignImage = Readonly<z.infer<typeof imageSchema>>;

/** Another installation works on the project, and nobody has dealt with that yet. */
export interface ForeignAlarm {
  readonly count: number;
  readonly example: ForeignImage;
}

/** What this ledger knows of images that another installation has made in its project. */
export class ForeignImages extends StorePart {
  /** `undefined` before the first scan, and after a loss: then every image may be ours. */
  async explained(): Promise<Explained | undefined> {
    const { meta } = this.keys;
    const [from, archivedAt] = await this.redis.hmget(meta, 'explained_until', 'archived_at');
    return from == null ? undefined : { from: Number(from), archivedAt: Number(archivedAt ?? 0) };
  }

  /**
   * A complete list was read at this time of IMS: what is in it may be ours. `again`: although one was read
   * before, because the ledger may have lost something since.
   */
  async explainUntil(serverTime: number, again: boolean): Promise<void> {
    const { meta } = this.keys;
    // The header has whole seconds.
    const until = serverTime + 1000;
    if (again) await this.redis.hset(meta, 'explained_until', until);
    else await this.redis.hsetnx(meta, 'explained_until', until);
  }

  /** The ledger has lost something: until the next scan nothing is suspected. */
  async explainAll(): Promise<void> {
    await this.redis.hdel(this.keys.meta, 'explained_until');
  }

  async notInFlight(keys: readonly ImportKey[]): Promise<readonly ImportKey[]> {
    if (keys.length === 0) return [];
    const are = await this.redis.smismember(this.keys.inFlight, ...keys);
    return keys.filter((_, at) => are[at] === 0);
  }

  /** Those that this ledger has moved before, whether it still has them or not. */
  async moved(keys: readonly ImportKey[]): Promise<ReadonlySet<ImportKey>> {
    if (keys.length === 0) return new Set();
    const scores = await this.redis.zmscore(this.keys.changes, ...keys);
    return new Set(keys.filter((_, at) => scores[at] != null));
  }

  /** Raises the alarm for images that were not noted yet; returns their ids. */
  async note(images: readonly ForeignImage[]): Promise<ReadonlySet<string>> {
    if (images.length === 0) return new Set();
    const each = images.map((image) => ({ id: image.imageId, fields: JSON.stringify(image) }));
    return new Set(await this.run(NOTE_FOREIGN, this.keys.others, { images: each }));
  }

  async alarm(): Promise<ForeignAlarm | undefined> {
    const { others } = this.keys;
    const count = await this.redis.hlen(others);
    if (count === 0) return undefined;
    const [, [, text] = []] = await this.redis.hscan(others, '0', 'COUNT', 1);
    return text === undefined ? undefined : { count, example: imageSchema.parse(JSON.parse(text)) };
  }

  /** A person has dealt with it; returns how many images there were. */
  async dismiss(): Promise<number> {
    const { others } = this.keys;
    const count = await this.redis.hlen(others);
    await this.redis.del(others);
    return count;
  }
}

/** The alarm in one line, with what to do. */
export function othersText({ count, example }: ForeignAlarm): string {
  const what = count === 1 ? '1 image' : `${count} images`;
  return `Another installation works on this project: IMS shows ${what} that this ledger did not create, such as ${example.name} (image ${example.imageId}). Batches with the same images were paused. End one of the two installations (ims-ferry reconcile lists the images), then run: ims-ferry resume [BATCH]`;
}
