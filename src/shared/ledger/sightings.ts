import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';

/** What the list of images being created last told of an import, and when. */
export interface Sighting {
  readonly kind: 'listed' | 'left';
  readonly at: number;
}

const OFF_MS = 3_600_000;
const KEPT_MS = 3_600_000;
const PAGE = 500;
/** So many images that left the list and yet were not done, to one in four that was. */
const WRONGS = 5;
const RIGHTS_TO_A_WRONG = 4;
const REMEMBERED = 100;

/** Which imports the list of images being created shows, shared by all workers. */
export class Sightings {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /** Left ones are kept with a negative time: one sorted set holds both. */
  async of(key: ImportKey): Promise<Sighting | undefined> {
    const score = await this.#redis.zscore(this.#keys.seen, key);
    if (score === null) return undefined;
    const at = Number(score);
    return at < 0 ? { kind: 'left', at: -at } : { kind: 'listed', at };
  }

  /** Notes what one list showed; answers those that an earlier one had and this one has not. */
  async note(listed: readonly ImportKey[], at: number): Promise<readonly ImportKey[]> {
    const { seen } = this.#keys;
    if (listed.length > 0) await this.#redis.zadd(seen, ...listed.flatMap((key) => [at, key]));
    const left = await this.#redis.zrange(seen, '(0', `(${at}`, 'BYSCORE', 'LIMIT', 0, PAGE);
    if (left.length > 0) {
      await this.#redis.zadd(seen, ...left.flatMap((key) => [-at, key]));
      await this.#redis.zremrangebyscore(seen, -(at - KEPT_MS), '0');
    }
    return left;
  }

  /** True while some that a list showed have not left it. */
  async areOpen(): Promise<boolean> {
    return (await this.#redis.zcount(this.#keys.seen, '(0', '+inf')) > 0;
  }

  /** True while this cloud's list is known not to show images in time. */
  async areOff(): Promise<boolean> {
    return (await this.#redis.exists(this.#keys.unseen)) === 1;
  }

  /** The list is of no use here: it is asked again in an hour. */
  async turnOff(): Promise<void> {
    await this.#redis
      .pipeline()
      .set(this.#keys.unseen, '1', 'PX', OFF_MS)
      .del(this.#keys.seen, this.#keys.seenJudged)
      .exec();
  }

  /** Whether an image that left the list was done. Answers true when the list was found useless. */
  async judge(verdict: 'right' | 'wrong'): Promise<boolean> {
    const judged = this.#keys.seenJudged;
    const times = await this.#redis.hincrby(judged, verdict, 1);
    if (times >= REMEMBERED) await this.#halve();
    if (verdict === 'right') return false;
    const [right, wrong] = (await this.#redis.hmget(judged, 'right', 'wrong')).map(Number);
    return (wrong ?? 0) >= WRONGS && (wrong ?? 0) * RIGHTS_TO_A_WRONG > (right ?? 0);
  }

  /** What was long ago counts less: a list that was right for days may become useless. */
  async #halve(): Promise<void> {
    const judged = this.#keys.seenJudged;
    const [right, wrong] = (await this.#redis.hmget(judged, 'right', 'wrong')).map(Number);
    const half = (count: number | undefined): number => Math.floor((count ?? 0) / 2);
    await this.#redis.hset(judged, 'right', half(right), 'wrong', half(wrong));
  }
}
