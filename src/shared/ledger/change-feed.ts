import { z } from 'zod';
import type { ImportKey } from '../image/import-key.ts';
import { execute, MOST_CHANGES, StorePart } from './scripts.ts';

/** What happened since a position. */
export interface Changes {
  /** In the order of their last change. */
  readonly keys: readonly ImportKey[];
  /** Where to continue. */
  readonly position: number;
  /** False: some may be missing, because they were forgotten or Redis was emptied. Read everything again. */
  readonly isComplete: boolean;
  /** True: there may be more than the limit. */
  readonly hasMore: boolean;
}

interface UnknownImport {
  readonly key: ImportKey;
  /** Milliseconds since 1970, by the fleet's clock. */
  readonly since: number;
}

/** Follows what changes in the ledger, at a cost that does not grow with it. */
export class ChangeFeed extends StorePart {
  /** Where the feed is now: what is read after this is not older. */
  async position(): Promise<number> {
    return Number((await this.redis.get(this.keys.seq)) ?? 0);
  }

  /** The imports that changed last, the latest first. */
  async latest(limit: number): Promise<readonly ImportKey[]> {
    return this.redis.zrange(this.keys.changes, '0', String(limit - 1), 'REV');
  }

  /** At most `limit` imports that changed after a position. */
  async since(position: number, limit: number): Promise<Changes> {
    const { changes, seq } = this.keys;
    const [now, kept, first, found] = await execute(
      this.redis
        .pipeline()
        .get(seq)
        .zcard(changes)
        .zrange(changes, '0', '0', 'WITHSCORES')
        .zrange(changes, `(${position}`, '+inf', 'BYSCORE', 'LIMIT', 0, limit, 'WITHSCORES'),
    );
    const pairs = scored(found);
    const oldest = scored(first)[0]?.score ?? 0;
    // Where the feed is full, what came between may be forgotten, or may have changed again.
    const isForgotten = Number(kept) >= MOST_CHANGES && oldest > position + 1;
    return {
      keys: pairs.map(({ key }) => key),
      position: pairs.at(-1)?.score ?? Number(now ?? 0),
      isComplete: !isForgotten && Number(now ?? 0) >= position,
      hasMore: pairs.length === limit,
    };
  }

  /** Those that have been unknown for longest, held ones too. */
  async oldestUnknown(limit: number): Promise<readonly UnknownImport[]> {
    const { unknown } = this.keys;
    const found = await this.redis.zrange(unknown, '0', String(limit - 1), 'WITHSCORES');
    return scored(found).map(({ key, score }) => ({ key, since: score }));
  }

  /** Since when the oldest unknown image of each batch is unknown; batches without one are left out. */
  async unknownSince(batches: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const pipeline = this.redis.pipeline();
    for (const batch of batches) {
      pipeline.zrange(this.keys.unknownOf(batch), '0', '0', 'WITHSCORES');
    }
    return new Map(
      (await execute(pipeline)).flatMap((answer, index) => {
        const [oldest] = scored(answer);
        return oldest ? [[batches[index] ?? '', oldest.score] as const] : [];
      }),
    );
  }
}

const scoresSchema = z.array(z.string());

function scored(answer: unknown): readonly { readonly key: ImportKey; readonly score: number }[] {
  const flat = scoresSchema.parse(answer ?? []);
  return Array.from({ length: flat.length / 2 }, (_, at) => ({
    key: flat[2 * at] ?? '',
    score: Number(flat[2 * at + 1]),
  }));
}
