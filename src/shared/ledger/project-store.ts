import { z } from 'zod';
import type { StopReason } from '../dialect/verdict.ts';
import { LedgerMismatchError } from '../errors/errors.ts';
import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { type Clock, systemClock, wholeMs } from '../runtime/clock.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import { AwayClouds } from './away-clouds.ts';
import { Durations } from './durations.ts';
import { ForeignAnswers, ForeignImages } from './foreign.ts';
import { History } from './history.ts';
import { KnownClouds } from './known-clouds.ts';
import { LEDGER_SCHEMA, type LedgerKeys } from './ledger-keys.ts';
import { ListingCache, OddImages } from './listing-cache.ts';
import { Outbox } from './outbox.ts';
import { ProjectClaim } from './project-claim.ts';
import { RateLimit } from './rate-limit.ts';
import { FLAG, luaFile, NO_ANSWER, StorePart } from './scripts.ts';
import { TakenFiles } from './taken-files.ts';

const LUA = luaFile('project.lua');
const TAKE_LEASE = LUA.script('takeLease', FLAG);
const RELEASE_LEASE = LUA.script('releaseLease', NO_ANSWER);
const STOP = LUA.script('stop', FLAG);
const LIFT = LUA.script('lift', FLAG);
const SET_FREE = LUA.script('setFree', NO_ANSWER);
const TIME = luaFile('time.lua');
const COOLING = TIME.script('cooling', z.number());
const COOL = TIME.script('cool', NO_ANSWER);

const REASONS = ['quota', 'money', 'permission', 'login', 'endpoint'] as const;
export const stopSchema = z.object({
  reason: z.enum(REASONS satisfies readonly StopReason[]),
  code: z.string(),
  message: z.string(),
  advice: z.string().exactOptional(),
  at: z.number(),
  /** Images that the quota still allows, where it could be read. */
  free: z.number().exactOptional(),
  /** The quota had no limit when it was read: the refusal is about something else. */
  unlimited: z.boolean().exactOptional(),
  /** The image whose create was refused. Stops of older versions name none. */
  image: z
    .object({ batch: z.string().exactOptional(), name: z.string(), key: z.string() })
    .exactOptional(),
});

/** Why nothing is submitted for the whole project. */
export type Stop = Readonly<z.infer<typeof stopSchema>>;

/** How long images took from acceptance until the list showed them. */
export interface ListingLag {
  readonly samples: number;
  readonly largestMs: number;
}

type Kind = 'submit' | 'read';

/** What a worker reports of itself, by the wall clock. */
interface Beat {
  readonly now: number;
  readonly until: number;
  readonly maxInFlight: number;
  /** Creates a minute; 0 = unlimited. */
  readonly submitRate: number;
}

/** A worker with another lock may be alive for longer than this one, but not this many times as long. */
const LONGEST_LIFE = 10;
const QUIET_MS = 60_000;
const LAGS_KEPT = 50;

/** What the whole project shares: its binding, stop, cool-downs, leases and measurements. */
export class ProjectStore extends StorePart {
  readonly #throttled = new Set<Kind>();
  readonly away = new AwayClouds(this.redis, this.keys);
  readonly claim = new ProjectClaim(this.redis, this.keys);
  /** Of all clouds of the installation. */
  readonly clouds = new KnownClouds(this.redis, this.keys);
  readonly durations: Durations;
  readonly files = new TakenFiles(this.redis, this.keys);
  readonly foreign = new ForeignAnswers(this.redis, this.keys);
  readonly history = new History(this.redis, this.keys);
  readonly listing = new ListingCache(this.redis, this.keys);
  readonly odd = new OddImages(this.redis, this.keys);
  readonly outbox = new Outbox(this.redis, this.keys);
  readonly others = new ForeignImages(this.redis, this.keys);
  readonly rateLimit = new RateLimit(this.redis, this.keys);

  constructor(
    redis: RedisConnection,
    keys: LedgerKeys,
    clock: Pick<Clock, 'monotonic'> = systemClock,
  ) {
    super(redis, keys);
    this.durations = new Durations(redis, keys, clock);
  }

  /** Binds the namespace to a project, once and for all; throws as `checkBound`. */
  async bind(projectId: string): Promise<void> {
    await this.redis
      .pipeline()
      .hsetnx(this.keys.meta, 'schema', LEDGER_SCHEMA)
      .hsetnx(this.keys.meta, 'project_id', projectId)
      .exec();
    await this.checkBound(projectId);
  }

  /**
   * Whether the namespace is free for a project, or has it.
   * @throws LedgerMismatchError when it belongs to another project or to a newer version
   */
  async checkBound(projectId: string): Promise<void> {
    const [schema, bound] = await this.redis.hmget(this.keys.meta, 'schema', 'project_id');
    refuseNewer(Number(schema ?? 0));
    if (bound == null || bound === projectId) return;
    throw new LedgerMismatchError(
      `This namespace belongs to project ${bound}, the login is for project ${projectId}.`,
      'Set IMS_FERRY_NAMESPACE to another name for this project.',
    );
  }

  /** The project that the namespace belongs to; `undefined` while no login has bound it. */
  async boundTo(): Promise<string | undefined> {
    return (await this.redis.hget(this.keys.meta, 'project_id')) ?? undefined;
  }

  /** @throws LedgerMismatchError when a newer version has written the ledger */
  async checkSchema(): Promise<void> {
    refuseNewer(Number((await this.redis.hget(this.keys.meta, 'schema')) ?? 0));
  }

  /** Stops the project; false when it is stopped already. */
  async stop(stop: Stop): Promise<boolean> {
    return this.run(STOP, this.keys.stop, { stop: JSON.stringify(stop) });
  }

  /** Beside a quota stop: how many images the quota still allows; `Infinity`: it has no limit. A stop that is lifted stays lifted. */
  async setFree(free: number): Promise<void> {
    const isUnlimited = free === Number.POSITIVE_INFINITY;
    const [field, value] = isUnlimited ? ['unlimited', '1'] : ['free', String(free)];
    await this.run(SET_FREE, this.keys.stop, { field, value });
  }

  async stopped(): Promise<Stop | undefined> {
    const { stop } = this.keys;
    const [text, free, unlimited] = await this.redis.hmget(stop, 'stop', 'free', 'unlimited');
    if (text == null) return undefined;
    return {
      ...stopSchema.parse(JSON.parse(text)),
      ...omitUndefined({ free: storedNumber(free) }),
      ...(unlimited != null && { unlimited: true }),
    };
  }

  /** Lifts the stop and wakes every waiting submit. */
  async resume(): Promise<boolean> {
    const lifted = await this.run(LIFT, this.keys.stop);
    await this.wake('resumed');
    return lifted;
  }

  async wake(why: string): Promise<void> {
    await this.redis.publish(this.keys.wake, why);
  }

  /** Pauses one kind of call for the whole fleet. A longer pause that is already set stays. */
  async coolDown(kind: Kind, ms: number): Promise<void> {
    await this.run(COOL, this.keys.cooldown(kind), { kind, pause: String(wholeMs(ms)) });
  }

  /** True for the first process that meets a throttling; the others find the pause begun. */
  async claimCoolDown(kind: Kind, ms: number): Promise<boolean> {
    const [key, whole] = [this.keys.cooldown(kind), wholeMs(ms)];
    return (await this.redis.set(key, whole, 'PX', whole, 'NX')) === 'OK';
  }

  async coolingMs(kind: Kind): Promise<number> {
    return this.run(COOLING, this.keys.cooldown(kind), { kind });
  }

  /** How often in a row calls of this kind were throttled; forgotten after a quiet minute. */
  async countThrottle(kind: Kind): Promise<number> {
    this.#throttled.add(kind);
    const key = `${this.keys.cooldown(kind)}:n`;
    const count = await this.redis.incr(key);
    await this.redis.pexpire(key, QUIET_MS);
    return count;
  }

  /** A call of this kind went well: the row is over. Costs nothing where none was throttled. */
  async endThrottle(kind: Kind): Promise<void> {
    if (this.#throttled.delete(kind)) await this.redis.del(`${this.keys.cooldown(kind)}:n`);
  }

  /**
   * Reports that a worker is alive until then (by the wall clock), and which limit it keeps. Where that clock
   * was set back, workers that are gone would count for longer.
   */
  async beat(workerId: string, { now, until, maxInFlight, submitRate }: Beat): Promise<void> {
    await this.redis
      .pipeline()
      .hset(this.keys.meta, {
        max_in_flight: maxInFlight,
        submit_rate: submitRate,
        beat_at: Math.round(now),
      })
      .zadd(this.keys.workers, until, workerId)
      .zremrangebyscore(this.keys.workers, '-inf', now)
      .zremrangebyscore(this.keys.workers, now + LONGEST_LIFE * (until - now), '+inf')
      .exec();
  }

  /**
   * How many workers are alive; how many images may be in flight and created a minute (0 = unlimited) according to
   * the last of them, and when that was.
   */
  async fleet(now: number) {
    const { meta, workers } = this.keys;
    const alive = await this.redis.zcount(workers, `(${now}`, '+inf');
    const names = ['max_in_flight', 'submit_rate', 'beat_at'] as const;
    const found = await this.redis.hmget(meta, ...names);
    const [limit, submitRate, reportedAt] = found.map(storedNumber);
    return { workers: alive, ...omitUndefined({ limit, submitRate, reportedAt }) };
  }

  async isAlive(workerId: string, now: number): Promise<boolean> {
    return Number((await this.redis.zscore(this.keys.workers, workerId)) ?? 0) > now;
  }

  /** A worker ends; returns whether others are alive. */
  async leave(workerId: string, now: number): Promise<boolean> {
    await this.redis.zrem(this.keys.workers, workerId);
    return (await this.redis.zcount(this.keys.workers, `(${now}`, '+inf')) > 0;
  }

  /** Takes or renews a lease; false when another owner has it. */
  async lease(name: string, owner: string, ms: number): Promise<boolean> {
    return this.run(TAKE_LEASE, this.keys.lease(name), { owner, lifeMs: wholeMs(ms) });
  }

  async release(name: string, owner: string): Promise<void> {
    await this.run(RELEASE_LEASE, this.keys.lease(name), { owner });
  }

  /** One measurement of accept → listed; 50 are kept, and always the largest. */
  async addLag(key: ImportKey, ms: number): Promise<void> {
    const { samples, largestMs } = await this.listingLag();
    if (samples < LAGS_KEPT || ms > largestMs) {
      await this.redis.zadd(this.keys.lags, 'GT', ms, key);
    }
  }

  async listingLag(): Promise<ListingLag> {
    const samples = await this.redis.zcard(this.keys.lags);
    const [, largest = 0] = await this.redis.zrange(this.keys.lags, '-1', '-1', 'WITHSCORES');
    return { samples, largestMs: Number(largest) };
  }
}

/** @throws LedgerMismatchError when a newer version has written the ledger */
export function refuseNewer(schema: number): void {
  if (schema <= LEDGER_SCHEMA) return;
  throw new LedgerMismatchError(
    `The ledger in Redis has schema ${schema}, this version knows ${LEDGER_SCHEMA}.`,
    'Use the newer version of ims-ferry that wrote it.',
  );
}

/** For people and forecasts; `undefined` where it is absent, or was overwritten with something else. */
function storedNumber(text: string | null | undefined): number | undefined {
  const number = Number(text ?? Number.NaN);
  return Number.isFinite(number) ? number : undefined;
}
