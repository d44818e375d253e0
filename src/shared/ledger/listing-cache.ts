import { z } from 'zod';
import type { ImportKey } from '../image/import-key.ts';
import { StorePart } from './scripts.ts';

/** Whether the list of images being created showed an import when it was read last, and when. */
interface ListingState {
  readonly kind: 'listed' | 'left';
  readonly at: number;
}

const OFF_MS = 3_600_000;
const KEPT_MS = 3_600_000;
const PAGE = 500;
/** The list is useless when this many images left it without being done … */
const LEAST_WRONG = 5;
/** … and less than four times as many were done. */
const RIGHT_PER_WRONG = 4;
const MOST_JUDGED = 100;

/** Which imports the list of images being created shows, shared by all workers. */
export class ListingCache extends StorePart {
  /** Left ones are kept with a negative time: one sorted set holds both. */
  async of(key: ImportKey): Promise<ListingState | undefined> {
    const score = await this.redis.zscore(this.keys.seen, key);
    if (score === null) return undefined;
    const at = Number(score);
    return at < 0 ? { kind: 'left', at: -at } : { kind: 'listed', at };
  }

  /** Notes what one list showed; returns those that an earlier list had and this one has not. */
  async note(listed: readonly ImportKey[], at: number): Promise<readonly ImportKey[]> {
    const { seen } = this.keys;
    if (listed.length > 0) await this.redis.zadd(seen, ...listed.flatMap((key) => [at, key]));
    const left = await this.redis.zrange(seen, '(0', `(${at}`, 'BYSCORE', 'LIMIT', 0, PAGE);
    if (left.length > 0) {
      await this.redis.zadd(seen, ...left.flatMap((key) => [-at, key]));
      await this.redis.zremrangebyscore(seen, -(at - KEPT_MS), '0');
    }
    return left;
  }

  /** True while some imports that a list showed have not left it. */
  async hasOpen(): Promise<boolean> {
    return (await this.redis.zcount(this.keys.seen, '(0', '+inf')) > 0;
  }

  /** True while this cloud's list is known not to show images in time. */
  async isOff(): Promise<boolean> {
    return (await this.redis.exists(this.keys.unseen)) === 1;
  }

  /** The list is of no use here: it is tried again in an hour. */
  async turnOff(): Promise<void> {
    await this.redis
      .pipeline()
      .set(this.keys.unseen, '1', 'PX', OFF_MS)
      .del(this.keys.seen, this.keys.seenJudged)
      .exec();
  }

  /** Whether an image that left the list was done. Returns true when the list has turned out to be useless. */
  async judge(verdict: 'right' | 'wrong'): Promise<boolean> {
    const judged = this.keys.seenJudged;
    const times = await this.redis.hincrby(judged, verdict, 1);
    if (times >= MOST_JUDGED) await this.#halve();
    if (verdict === 'right') return false;
    const [right, wrong] = (await this.redis.hmget(judged, 'right', 'wrong')).map(Number);
    return (wrong ?? 0) >= LEAST_WRONG && (wrong ?? 0) * RIGHT_PER_WRONG > (right ?? 0);
  }

  /** Old verdicts count less: a list that was right for days may become useless. */
  async #halve(): Promise<void> {
    const judged = this.keys.seenJudged;
    const [right, wrong] = (await this.redis.hmget(judged, 'right', 'wrong')).map(Number);
    const half = (count: number | undefined): number => Math.floor((count ?? 0) / 2);
    await this.redis.hset(judged, 'right', half(right), 'wrong', half(wrong));
  }
}

const noteSchema = z.object({
  /** In words. */
  text: z.string(),
  /** Creates wait for it: its code. */
  blocks: z.string().exactOptional(),
});

/** What of the image list could not be read the last time, or that the list could not be read. */
type OddNote = z.infer<typeof noteSchema>;

/** The note of the worker that lists the project, for everything that shows why nothing moves. */
export class OddImages extends StorePart {
  /** Returns whether that is news. `undefined`: everything could be read. */
  async note(note: OddNote | undefined): Promise<boolean> {
    if (note === undefined) {
      await this.redis.del(this.keys.odd);
      return false;
    }
    const text = JSON.stringify(note);
    return (await this.redis.set(this.keys.odd, text, 'GET')) !== text;
  }

  async read(): Promise<OddNote | undefined> {
    const text = await this.redis.get(this.keys.odd);
    return text === null ? undefined : noteSchema.parse(JSON.parse(text));
  }
}
