import { z } from 'zod';
import type { ImportKey } from '../image/import-key.ts';
import { isCluster, primariesOf } from '../redis/redis-connection.ts';
import type { Status } from '../state/import-state.ts';
import { IN_FLIGHT_STATUSES, OPEN_STATUSES, STATUSES } from '../state/machine.ts';
import { asHash, type EntryHash } from './ledger-entry.ts';
import { keyTypes, LEDGER_SCHEMA } from './ledger-keys.ts';
import { execute, FLAG, luaFile, NO_ANSWER, StorePart } from './scripts.ts';

const LUA = luaFile('heal.lua');
const REPAIRS = z.array(z.tuple([z.string(), z.number()]));
const TYPES = LUA.script('types', z.array(z.string()));
const RECOUNT = LUA.script('recount', z.tuple([FLAG, z.number(), REPAIRS]));
const PLACES = LUA.script('places', REPAIRS);
const REJOIN = LUA.script('rejoin', REPAIRS);
const NOTE = LUA.script('note', NO_ANSWER);

/** What was repaired, and how often. */
export type Repairs = Readonly<Record<string, number>>;

const repairSchema = z.object({
  /** Milliseconds since 1970. */
  at: z.number(),
  batch: z.string().exactOptional(),
  repaired: z.record(z.string(), z.number()),
});

/** Something that was repaired. */
export type Repair = Readonly<z.infer<typeof repairSchema>>;

interface Slice {
  readonly isLast: boolean;
  /** Of the whole batch; in the last slice. */
  readonly missing: number;
  readonly repaired: Repairs;
}

/** Images of one slice. Redis is blocked for a millisecond or two. */
export const IN_A_SLICE = 100;
const SCANNED = 500;

/** Finds and repairs what follows from the imports and does not fit them: counts, places, lists. */
export class Healer extends StorePart {
  /**
   * Moves keys of another type than ours aside, and finds out where a part of the index of images is gone; returns
   * their names. Not thorough: of that index only strings are found, for two commands instead of a thousand.
   */
  async checkTypes(thorough = true): Promise<readonly string[]> {
    const arg = { schema: LEDGER_SCHEMA, kinds: [...keyTypes()], thorough };
    return this.run(TYPES, this.keys.meta, arg);
  }

  /** Counts the next images of a batch again. `due`: for those that would be forgotten otherwise. */
  async recount(batch: string, due: number): Promise<Slice> {
    const arg = { batch, limit: IN_A_SLICE, due: String(due) };
    const [isLast, missing, repaired] = await this.run(RECOUNT, this.keys.batch(batch), arg);
    return { isLast, missing, repaired: Object.fromEntries(repaired) };
  }

  /** Batches whose numbers do not fit one another. */
  async suspects(batches: readonly string[]): Promise<readonly string[]> {
    const keys = this.keys;
    const pipeline = this.redis.pipeline().scard(keys.inFlight).zcard(keys.due);
    for (const batch of batches) pipeline.hgetall(keys.batch(batch)).zcard(keys.members(batch));
    const [places = 0, due = 0, ...each] = await execute(pipeline, 'WRONGTYPE');
    return batches.filter((_, at) => {
      const [hash, size] = [each[2 * at], each[2 * at + 1]];
      if (hash === undefined || size === undefined) return true;
      const sizes = { places: Number(places), due: Number(due), size: Number(size) };
      return isSuspect(asHash(hash), sizes);
    });
  }

  /** Imports that hold a place, and those that are unknown for longest. */
  async placed(): Promise<readonly ImportKey[]> {
    const places = await this.redis.smembers(this.keys.inFlight);
    const unknown = await this.redis.zrange(this.keys.unknown, '0', '999');
    return [...new Set([...places, ...unknown])];
  }

  async checkPlaces(keys: readonly ImportKey[]): Promise<Repairs> {
    return Object.fromEntries(await this.run(PLACES, this.keys.inFlight, { keys }));
  }

  /**
   * Reads the next names in Redis (without the prefix), to find imports and batches that are in no list;
   * `position` is where the last call ended, one for each server.
   */
  async scan(position: readonly string[]) {
    const servers = isCluster(this.redis) ? primariesOf(this.redis) : [this.redis];
    const { prefix } = this.keys;
    const match = `${prefix.replaceAll(/[*?[\]\\]/g, '\\$&')}[ibm]:*`;
    const pages = await Promise.all(
      servers.map((server, at) =>
        server.scan(position[at] ?? '0', 'MATCH', match, 'COUNT', SCANNED),
      ),
    );
    return {
      position: pages.map(([next]) => next),
      names: pages.flatMap(([, names]) => names.map((name) => name.slice(prefix.length))),
    };
  }

  async rejoin(names: readonly string[], due: number): Promise<Repairs> {
    const arg = { due: String(due), names };
    return Object.fromEntries(await this.run(REJOIN, this.keys.batches, arg));
  }

  /** The index of images may have lost some: creates wait until it is rebuilt. */
  async invalidateIndex(): Promise<void> {
    await this.redis.hset(this.keys.meta, 'unindexed', '1');
  }

  async note(repair: Repair): Promise<void> {
    await this.run(NOTE, this.keys.repairs, { line: JSON.stringify(repair) });
  }

  /** What was repaired, the latest first. */
  async repairs(): Promise<readonly Repair[]> {
    const lines = await this.redis.lrange(this.keys.repairs, 0, -1);
    return lines.map((line) => repairSchema.parse(JSON.parse(line)));
  }
}

/** What the numbers of a batch reveal without reading its images; pure. */
function isSuspect(
  hash: EntryHash,
  { size, places, due }: Readonly<Record<'size' | 'places' | 'due', number>>,
): boolean {
  if (hash['created_at'] === undefined || hash['doubted'] !== undefined) return true;
  const numberOf = (field: string): number => Number(hash[field] ?? 0);
  const [held, missing] = [numberOf('held'), numberOf('missing')];
  const counts = STATUSES.map((status) => numberOf(`n:${status}`));
  const isCount = (number: number): boolean => Number.isSafeInteger(number) && number >= 0;
  if (![...counts, held, missing].every(isCount)) return true;
  const sumOf = (statuses: readonly Status[], more: number): number =>
    statuses.reduce((sum, status) => sum + numberOf(`n:${status}`), more);
  const [inFlight, open] = [sumOf(IN_FLIGHT_STATUSES, -held), sumOf(OPEN_STATUSES, -held)];
  if (sumOf(STATUSES, missing) !== size || inFlight > places || open > due) return true;
  return (open === 0) !== (hash['finished_at'] !== undefined) && size > missing;
}
