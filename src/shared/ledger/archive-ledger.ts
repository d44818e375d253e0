import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { type ArchiveMark, markText } from './archive-mark.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { runScript } from './run-script.ts';
import { FORGET_SCRIPT, MARK_SCRIPT, TAKE_OUT_SCRIPT } from './scripts/archive-scripts.ts';
import { readStory, type StoryLine } from './story.ts';

/** An image as it was when it was written down. */
export interface WrittenImage {
  readonly key: ImportKey;
  readonly revision: number;
}

/** A batch that is being archived. */
export interface Archiving {
  readonly batch: string;
  readonly mark: ArchiveMark;
}

/** `undone`: somebody has registered in the batch or moved one of its images meanwhile. */
export type TakenOut =
  | { readonly kind: 'taken'; readonly stay: number }
  | { readonly kind: 'undone' };

/** Takes finished batches out of the ledger. Every step compares: what has moved meanwhile stays. */
export class ArchiveLedger {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Batches that were registered before that time, the oldest first. */
  async createdBefore(time: number): Promise<readonly string[]> {
    return this.#redis.zrange(this.#keys.batches, '-inf', String(time), 'BYSCORE');
  }

  /** Marks a batch; false when it is not as it was read, `before` being the mark that it had. */
  async mark({ batch, mark }: Archiving, before?: ArchiveMark): Promise<boolean> {
    const expected = before === undefined ? '' : markText(before);
    const args = [expected, markText(mark), String(mark.finishedAt)];
    const answer = await runScript(this.#redis, MARK_SCRIPT, {
      keys: [this.#keys.batch(batch)],
      args,
    });
    return answer === 1;
  }

  /** Leaves the batch as if nothing had been begun. */
  async unmark({ batch, mark }: Archiving): Promise<void> {
    const args = [markText(mark), '', ''];
    await runScript(this.#redis, MARK_SCRIPT, { keys: [this.#keys.batch(batch)], args });
  }

  async takeOut({ batch, mark }: Archiving, page: readonly WrittenImage[]): Promise<TakenOut> {
    const stay = (await runScript(this.#redis, TAKE_OUT_SCRIPT, {
      keys: [this.#keys.batch(batch)],
      args: [
        this.#keys.prefix,
        batch,
        markText(mark),
        String(mark.finishedAt),
        ...page.flatMap(({ key, revision }) => [key, String(revision)]),
      ],
    })) as number;
    return stay < 0 ? { kind: 'undone' } : { kind: 'taken', stay };
  }

  /** Forgets a batch that has no image left; answers how many it has. */
  async forget({ batch, mark }: Archiving): Promise<TakenOut> {
    const stay = (await runScript(this.#redis, FORGET_SCRIPT, {
      keys: [this.#keys.batch(batch)],
      args: [this.#keys.prefix, batch, markText(mark)],
    })) as number;
    return stay < 0 ? { kind: 'undone' } : { kind: 'taken', stay };
  }

  /** What happened to each of these imports, in their order. */
  async stories(keys: readonly ImportKey[]): Promise<readonly (readonly StoryLine[])[]> {
    const pipeline = this.#redis.pipeline();
    for (const key of keys) pipeline.hget(this.#keys.import(key), 'story');
    const answers = (await pipeline.exec()) ?? [];
    return answers.map(([error, story]) => {
      if (error) throw error;
      return readStory((story as string | null) ?? '');
    });
  }
}
