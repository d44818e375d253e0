import type { StopReason } from '../dialect/verdict.ts';
import { LedgerMismatchError } from '../errors/errors.ts';
import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { wholeMs } from '../runtime/clock.ts';
import { ForeignAnswers } from './foreign-answers.ts';
import { ForeignImages } from './foreign-images.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { LEDGER_SCHEMA } from './ledger-schema.ts';
import { OddImages } from './odd-images.ts';
import type { Beat, Fleet, ListingLag } from './project-answers.ts';
import { ProjectClaim } from './project-claim.ts';
import { runScript } from './run-script.ts';
import { LEASE_SCRIPT, RELEASE_SCRIPT } from './scripts/lease-script.ts';
import { COOL_SCRIPT, COOLING_SCRIPT } from './scripts/time-scripts.ts';

/** Why nothing is submitted for the whole project. */
export interface Stop {
  readonly reason: StopReason;
  readonly code: string;
  readonly message: string;
  readonly advice?: string;
  readonly at: number;
  /** Images that the quota still allows, where it could be read. */
  readonly free?: number;
}

/** A worker with another lock may be alive for longer than this one, but not for so many times. */
const LONGEST_LIFE = 10;

/** What the whole project shares: its binding, stop, cool-downs, leases and measurements. */
export class ProjectLedger {
  readonly #redis: RedisConnection;
  readonly #throttled = new Set<string>();
  readonly keys: LedgerKeys;
  readonly foreign: ForeignAnswers;
  readonly claim: ProjectClaim;
  readonly others: ForeignImages;
  readonly odd: OddImages;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.keys = keys;
    this.foreign = new ForeignAnswers(redis, keys);
    this.claim = new ProjectClaim(redis, keys);
    this.others = new ForeignImages(redis, keys);
    this.odd = new OddImages(redis, keys.odd);
  }

  /** Binds the namespace to a project, once for all; throws as `checkBound`. */
  async bind(projectId: string): Promise<void> {
    await this.#redis
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
    const [schema, bound] = await this.#redis.hmget(this.keys.meta, 'schema', 'project_id');
    refuseNewer(Number(schema ?? 0));
    if (bound == null || bound === projectId) return;
    throw new LedgerMismatchError(
      `This namespace belongs to project ${bound}, the login is for project ${projectId}.`,
      'Set IMS_FERRY_NAMESPACE to another name for this project.',
    );
  }

  /** The project that the namespace belongs to; `undefined` while no login has bound it. */
  async boundTo(): Promise<string | undefined> {
    return (await this.#redis.hget(this.keys.meta, 'project_id')) ?? undefined;
  }

  /** @throws LedgerMismatchError when a newer version has written the ledger */
  async checkSchema(): Promise<void> {
    refuseNewer(Number((await this.#redis.hget(this.keys.meta, 'schema')) ?? 0));
  }

  /** Stops the project; false when it is stopped already. */
  async stop(stop: Stop): Promise<boolean> {
    return (await this.#redis.hsetnx(this.keys.stop, 'stop', JSON.stringify(stop))) === 1;
  }

  /** Beside a quota stop: how many images the quota still allows. */
  async tellFree(free: number): Promise<void> {
    await this.#redis.hset(this.keys.stop, 'free', free);
  }

  async stopped(): Promise<Stop | undefined> {
    const [stop, free] = await this.#redis.hmget(this.keys.stop, 'stop', 'free');
    if (stop == null) return undefined;
    return { ...(JSON.parse(stop) as Stop), ...(free == null ? {} : { free: Number(free) }) };
  }

  /** Lifts the stop and wakes every waiting submit. */
  async resume(): Promise<boolean> {
    const lifted = await this.#redis.del(this.keys.stop);
    await this.wake('resumed');
    return lifted === 1;
  }

  async wake(why: string): Promise<void> {
    await this.#redis.publish(this.keys.wake, why);
  }

  /** Pauses one kind of call for the whole fleet. A longer pause that is set already stays. */
  async coolDown(kind: 'submit' | 'read', ms: number): Promise<void> {
    const args = [this.keys.prefix, kind, String(wholeMs(ms))];
    await runScript(this.#redis, COOL_SCRIPT, { keys: [this.keys.cooldown(kind)], args });
  }

  /** True for the first who meets a throttling; everybody else finds the pause begun. */
  async claimCoolDown(kind: 'submit' | 'read', ms: number): Promise<boolean> {
    const [key, whole] = [this.keys.cooldown(kind), wholeMs(ms)];
    return (await this.#redis.set(key, whole, 'PX', whole, 'NX')) === 'OK';
  }

  async coolingMs(kind: 'submit' | 'read'): Promise<number> {
    const given = { keys: [this.keys.cooldown(kind)], args: [this.keys.prefix, kind] };
    return (await runScript(this.#redis, COOLING_SCRIPT, given)) as number;
  }

  /** How often in a row calls of this kind were throttled; forgotten after a quiet minute. */
  async countThrottle(kind: 'submit' | 'read'): Promise<number> {
    this.#throttled.add(kind);
    const key = `${this.keys.cooldown(kind)}:n`;
    const count = await this.#redis.incr(key);
    await this.#redis.pexpire(key, 60_000);
    return count;
  }

  /** A call of this kind went well: the row is over. Costs nothing where none was throttled. */
  async endThrottle(kind: 'submit' | 'read'): Promise<void> {
    if (this.#throttled.delete(kind)) await this.#redis.del(`${this.keys.cooldown(kind)}:n`);
  }

  /**
   * Says that a worker is alive, and which limit it keeps; it counts as gone when nothing more was
   * heard until then. Where the wall clock was set back, those that are gone would count for longer.
   */
  async beat(workerId: string, { now, until, maxInFlight }: Beat): Promise<void> {
    await this.#redis
      .pipeline()
      .hset(this.keys.meta, 'max_in_flight', maxInFlight)
      .zadd(this.keys.workers, until, workerId)
      .zremrangebyscore(this.keys.workers, '-inf', now)
      .zremrangebyscore(this.keys.workers, now + LONGEST_LIFE * (until - now), '+inf')
      .exec();
  }

  /** How many workers are alive, and how many images may be in flight as the last of them said. */
  async fleet(now: number): Promise<Fleet> {
    const workers = await this.#redis.zcount(this.keys.workers, `(${now}`, '+inf');
    const limit = await this.#redis.hget(this.keys.meta, 'max_in_flight');
    return limit === null ? { workers } : { workers, limit: Number(limit) };
  }

  async isAlive(workerId: string, now: number): Promise<boolean> {
    return Number((await this.#redis.zscore(this.keys.workers, workerId)) ?? 0) > now;
  }

  /** A worker ends; answers whether others are alive. */
  async leave(workerId: string, now: number): Promise<boolean> {
    await this.#redis.zrem(this.keys.workers, workerId);
    return (await this.#redis.zcount(this.keys.workers, `(${now}`, '+inf')) > 0;
  }

  /** Takes or renews a lease; false when another owner has it. */
  async lease(name: string, owner: string, ms: number): Promise<boolean> {
    const given = { keys: [this.keys.lease(name)], args: [owner, String(wholeMs(ms))] };
    return (await runScript(this.#redis, LEASE_SCRIPT, given)) === 1;
  }

  async release(name: string, owner: string): Promise<void> {
    const given = { keys: [this.keys.lease(name)], args: [owner] };
    await runScript(this.#redis, RELEASE_SCRIPT, given);
  }

  /** One measurement of accept → listed; 50 are kept, and always the largest. */
  async addLag(key: ImportKey, ms: number): Promise<void> {
    const { samples, largestMs } = await this.listingLag();
    if (samples < 50 || ms > largestMs) await this.#redis.zadd(this.keys.lags, 'GT', ms, key);
  }

  async listingLag(): Promise<ListingLag> {
    const samples = await this.#redis.zcard(this.keys.lags);
    const [largest] = await this.#redis.zrange(this.keys.lags, '-1', '-1');
    const score = largest === undefined ? null : await this.#redis.zscore(this.keys.lags, largest);
    return { samples, largestMs: Number(score ?? 0) };
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
