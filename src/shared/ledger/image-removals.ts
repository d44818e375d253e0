import { z } from 'zod';
import type { ImportKey } from '../image/import-key.ts';
import { parseJson } from '../text/parse-json.ts';
import type { LedgerEntry } from './ledger-entry.ts';
import { FLAG, luaFile, StorePart } from './scripts.ts';

const LUA = luaFile('removals.lua');
const INTEND = LUA.script('intend', FLAG);
const SETTLE = LUA.script('settle', FLAG);

const recordSchema = z.object({
  key: z.string(),
  name: z.string(),
  /** `prune`: it was the image of its import. `clean`: a failed create left it. */
  kind: z.enum(['prune', 'clean']),
  at: z.number(),
});

/** An image that is about to be deleted. */
export interface Removal extends Readonly<z.infer<typeof recordSchema>> {
  readonly imageId: string;
}

/** The intents of deletions: written before the DELETE, removed with its result. */
export class ImageRemovals extends StorePart {
  /** False when the import is no longer as it was read: then nothing may be deleted. */
  async intend(
    entry: LedgerEntry,
    { imageId, ...record }: Removal,
    line: string,
  ): Promise<boolean> {
    const { key, state, revision } = entry;
    return this.run(INTEND, this.keys.removals, {
      ...{ image: imageId, key, state: state.status, revision: String(revision) },
      ...{ record: JSON.stringify(record), line },
    });
  }

  /** `prunedAt`: the image is gone because of `prune`. */
  async settle(
    { imageId, key }: Pick<Removal, 'imageId' | 'key'>,
    { line, prunedAt }: { readonly line: string; readonly prunedAt?: number },
  ): Promise<boolean> {
    const pruned = prunedAt === undefined ? {} : { prunedAt: String(Math.round(prunedAt)) };
    return this.run(SETTLE, this.keys.removals, { image: imageId, key, line, ...pruned });
  }

  /** Deletions whose result is not known: their process was killed, or nobody could say. */
  async open(): Promise<readonly Removal[]> {
    const all = Object.entries(await this.redis.hgetall(this.keys.removals));
    return all.flatMap(([imageId, text]) => {
      const { data } = recordSchema.safeParse(parseJson(text));
      return data ? [{ ...data, imageId }] : [];
    });
  }

  /** Imports that are not settled: whatever one of them names is still needed. */
  async openImports(): Promise<readonly ImportKey[]> {
    const { due, unknown, inFlight } = this.keys;
    const lists = await Promise.all([
      this.redis.zrange(due, '0', '-1'),
      this.redis.zrange(unknown, '0', '-1'),
      this.redis.smembers(inFlight),
    ]);
    return [...new Set(lists.flat())];
  }

  /** Images that another installation has made, as far as was noticed. */
  async ofOthers(imageIds: readonly string[]): Promise<ReadonlySet<string>> {
    if (imageIds.length === 0) return new Set();
    const are = await this.redis.smismember(this.keys.othersKnown, ...imageIds);
    return new Set(imageIds.filter((_, at) => are[at] === 1));
  }
}
