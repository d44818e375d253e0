import type { ImportKey } from '../image/import-key.ts';
import { isCluster, primariesOf, type RedisConnection } from '../redis/redis-connection.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { LEDGER_SCHEMA } from './ledger-schema.ts';
import { runScript } from './run-script.ts';
import {
  NOTE_SCRIPT,
  PLACES_SCRIPT,
  RECOUNT_SCRIPT,
  REJOIN_SCRIPT,
} from './scripts/heal-scripts.ts';
import { TYPES_SCRIPT } from './scripts/types-script.ts';
import { isSuspect } from './suspect-batch.ts';

/** What was put right, and how often. */
export type Repairs = Readonly<Record<string, number>>;

/** Something that was put right. */
export interface Repair {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly batch?: string;
  readonly repaired: Repairs;
}

export interface Slice {
  readonly isLast: boolean;
  /** Of the whole batch; told by the last slice. */
  readonly missing: number;
  readonly repaired: Repairs;
}

/** Redis does nothing else while one slice is counted: a millisecond or two. */
export const IN_A_SLICE = 100;
const SCANNED = 500;

/** Keys without a name in them, and their kinds. Those that BullMQ and the tokens use are not ours to judge. */
const KINDS = [
  ['meta', 'hash'],
  ['stop', 'hash'],
  ['inflight', 'set'],
  ['due', 'zset'],
  ['batches', 'zset'],
  ['lags', 'zset'],
  ['durations', 'hash'],
  ['seen', 'zset'],
  ['seen:judged', 'hash'],
  ['unseen', 'string'],
  ['odd', 'string'],
  ['posts', 'list'],
  ['budget', 'hash'],
  ['workers', 'zset'],
  ['holders', 'hash'],
  ['files', 'hash'],
  ['seq', 'string'],
  ['changes', 'zset'],
  ['unknown', 'zset'],
  ['unowned', 'set'],
  ['released', 'zset'],
  ['lost', 'zset'],
  ['repairs', 'list'],
  ['clouds', 'set'],
  ['own-cloud', 'string'],
  ['projects', 'hash'],
  ['cool:submit', 'string'],
  ['cool:read', 'string'],
  ['foreign:submit', 'hash'],
  ['foreign:read', 'hash'],
  ['cool:submit:n', 'string'],
  ['cool:read:n', 'string'],
  ['lease:duties', 'string'],
  ['lease:time', 'string'],
  ['lease:list', 'string'],
  ['lease:scan', 'string'],
  ['lease:archive', 'string'],
] as const;

/** Finds and repairs what follows from the imports and does not fit them: counts, places, lists. */
export class LedgerHealer {
  readonly #redis: RedisConnection;
  readonly #keys: LedgerKeys;

  constructor(redis: RedisConnection, keys: LedgerKeys) {
    this.#redis = redis;
    this.#keys = keys;
  }

  /**
   * Puts keys aside that have another type than ours, and finds out where a part of the index of images is gone;
   * answers their names. Not thorough: of that index only strings are found, for two commands instead of a thousand.
   */
  async checkTypes(isThorough = true): Promise<readonly string[]> {
    const answer = await runScript(this.#redis, TYPES_SCRIPT, {
      keys: [this.#keys.meta],
      args: [this.#keys.prefix, String(LEDGER_SCHEMA), isThorough ? '1' : '', ...KINDS.flat()],
    });
    return answer as string[];
  }

  /** Counts the next images of a batch again. `due`: for those that would be forgotten otherwise. */
  async recount(batch: string, due: number): Promise<Slice> {
    const answer = await runScript(this.#redis, RECOUNT_SCRIPT, {
      keys: [this.#keys.batch(batch)],
      args: [this.#keys.prefix, batch, String(IN_A_SLICE), String(due)],
    });
    const [isLast, missing, ...repaired] = answer as [number, number, ...(string | number)[]];
    return { isLast: isLast === 1, missing, repaired: toRepairs(repaired) };
  }

  /** Batches whose numbers do not fit one another. */
  async suspects(batches: readonly string[]): Promise<readonly string[]> {
    const keys = this.#keys;
    const pipeline = this.#redis.pipeline().scard(keys.inFlight).zcard(keys.due);
    for (const batch of batches) pipeline.hgetall(keys.batch(batch)).zcard(keys.members(batch));
    const [places, due, ...each] = (await pipeline.exec()) ?? [];
    const held = { places: Number(places?.[1] ?? 0), due: Number(due?.[1] ?? 0) };
    return batches.filter((_, at) => {
      const [[failed, hash], [alsoFailed, size]] = [
        each[2 * at] ?? [null, {}],
        each[2 * at + 1] ?? [null, 0],
      ];
      if (failed || alsoFailed) return true;
      return isSuspect(hash as Record<string, string>, { ...held, size: Number(size) });
    });
  }

  /** Imports that hold a place, and those that are unknown for longest. */
  async placed(): Promise<readonly ImportKey[]> {
    const places = await this.#redis.smembers(this.#keys.inFlight);
    const unknown = await this.#redis.zrange(this.#keys.unknown, '0', '999');
    return [...new Set([...places, ...unknown])];
  }

  async checkPlaces(keys: readonly ImportKey[]): Promise<Repairs> {
    const args = [this.#keys.prefix, ...keys];
    const given = { keys: [this.#keys.inFlight], args };
    return toRepairs((await runScript(this.#redis, PLACES_SCRIPT, given)) as (string | number)[]);
  }

  /**
   * Looks at the next names in Redis for imports and batches that are in no list; `position` is where the
   * last call ended, one for each server.
   */
  async scan(position: readonly string[]): Promise<ScanPage> {
    const servers = isCluster(this.#redis) ? primariesOf(this.#redis) : [this.#redis];
    const pages = await Promise.all(
      servers.map((server, at) => {
        const from = position[at] ?? '0';
        const match = `${this.#keys.prefix.replaceAll(/[*?[\]\\]/g, '\\$&')}[ibm]:*`;
        return 'scan' in server ? server.scan(from, 'MATCH', match, 'COUNT', SCANNED) : ['0', []];
      }),
    );
    const { length } = this.#keys.prefix;
    return {
      position: pages.map(([next]) => String(next)),
      names: pages.flatMap(([, names]) => (names as string[]).map((name) => name.slice(length))),
    };
  }

  async rejoin(names: readonly string[], due: number): Promise<Repairs> {
    const args = [this.#keys.prefix, String(due), ...names];
    const given = { keys: [this.#keys.batches], args };
    return toRepairs((await runScript(this.#redis, REJOIN_SCRIPT, given)) as (string | number)[]);
  }

  /** What is known of images may be gone: creates wait until the index is built again. */
  async doubtIndex(): Promise<void> {
    await this.#redis.hset(this.#keys.meta, 'unindexed', '1');
  }

  async note(repair: Repair): Promise<void> {
    const given = { keys: [this.#keys.repairs], args: [JSON.stringify(repair)] };
    await runScript(this.#redis, NOTE_SCRIPT, given);
  }

  /** What was repaired, the latest first. */
  async repairs(): Promise<readonly Repair[]> {
    const lines = await this.#redis.lrange(this.#keys.repairs, 0, -1);
    return lines.map((line) => JSON.parse(line) as Repair);
  }
}

export interface ScanPage {
  readonly position: readonly string[];
  /** Without the prefix. */
  readonly names: readonly string[];
}

function toRepairs(flat: readonly (string | number)[]): Repairs {
  return Object.fromEntries(
    Array.from({ length: flat.length / 2 }, (_, at) => [
      String(flat[2 * at]),
      Number(flat[2 * at + 1]),
    ]),
  );
}
