import { importKey } from '../../src/shared/image/import-key.ts';
import { createFleetClock, type FleetClock } from '../../src/shared/ledger/fleet-clock.ts';
import { ImportStore } from '../../src/shared/ledger/import-store.ts';
import { canonicalRequest } from '../../src/shared/ledger/ledger-entry.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { decideUnknown } from '../../src/worker/look-up.ts';
import { REQUEST } from './cloud.ts';
import { explore, type Step, type Verdict } from './explore.ts';
import {
  type Content,
  type Cut,
  fieldOf,
  type RedisAsValue,
  withFields,
} from './redis-as-value.ts';

const KEYS = ledgerKeys('model');
const KEY = importKey(REQUEST);
const IMPORT = KEYS.import(KEY);
const LEASE = `${KEYS.prefix}lease:time`;
/** Time passes in steps of the fleet's clock; a window is two of them, and a create may leave for one. */
const UNIT_MS = 1000;
const WINDOW = 2;
const BUDGET = 1;
const HOUR_MS = 3_600_000;
/** Since when the wall clock of Redis runs. */
const WALL_MS = 10 * HOUR_MS;
/** What is older when the import is admitted counts for no more. */
const OLDEST = 3;
/** The fleet's time before the import is admitted. */
const TIME_MS = 100_000;
const LAG = { samples: 9, largestMs: 0 };

/** What a worker has read of the fleet's time, and when by its own clock. */
interface Reading {
  readonly time: number;
  readonly stepMs: number;
  readonly tick: string;
  readonly at: number;
}

interface Keeper {
  readonly reading: Reading;
  /** It has measured what it would add, at this moment, and has not added it. */
  readonly measured?: number;
}

/** The fleet's time and all clocks, an import whose answer is lost, and the time that really passes. */
interface ClockWorld {
  readonly now: number;
  readonly redis: Content;
  /** By how much the wall clock of Redis is wrong. */
  readonly wrongMs: number;
  readonly jumps: number;
  readonly keepers: readonly [Keeper, Keeper];
  /** The create may leave until a moment after this. */
  readonly admitted?: number;
  readonly resubmitted?: number;
}

/** What may jump, and which safeguard is out. */
export interface ClockRules {
  /** How often the wall clock of Redis may be stepped, by an hour, forward or back. */
  readonly jumps: number;
  readonly cuts?: readonly Cut[];
}

/** Two workers keep the time; both may sleep anywhere, and the lease may end at any time. */
export async function exploreClocks(
  redis: RedisAsValue,
  rules: ClockRules,
  lookedFor?: string,
): Promise<Verdict> {
  const acts = new ClockActs(redis, rules.cuts ?? []);
  const model = {
    first: await acts.begin(rules),
    steps: (world: ClockWorld) => acts.steps(world),
    isGood: (world: ClockWorld) => acts.isOver(world),
    never: {
      'two living images': ({ admitted, resubmitted }: ClockWorld) =>
        resubmitted !== undefined && resubmitted < hiddenUntil(admitted ?? 0),
    },
    normal,
  };
  return explore<ClockWorld>(model, lookedFor);
}

/** Until then an accepted create may be hidden: it leaves as late, and is listed as late, as it can. */
function hiddenUntil(admitted: number): number {
  return admitted + BUDGET + WINDOW;
}

class ClockActs {
  readonly #redis: RedisAsValue;
  readonly #cuts: readonly Cut[];

  constructor(redis: RedisAsValue, cuts: readonly Cut[]) {
    this.#redis = redis;
    this.#cuts = cuts;
  }

  async begin({ jumps }: ClockRules): Promise<ClockWorld> {
    const fields = { state: 'pending', epoch: '0', revision: '1', batches: '["b"]' };
    const request = { request: canonicalRequest(REQUEST), registered_at: '1', detail: '{}' };
    const meta = { scanned_at: '2', scanned_time: '1', server: 'a', step: '1000' };
    const entered = withFields({}, IMPORT, { ...fields, ...request });
    const holding = withFields(entered, `${KEYS.prefix}holders`, { A: '0 a d', B: '0 a d' });
    const redis = withFields(holding, KEYS.meta, {
      ...meta,
      time: String(TIME_MS),
      tick: 'first',
      run: 'a',
    });
    const keeper = { reading: { time: TIME_MS, stepMs: UNIT_MS, tick: 'first', at: 0 } };
    return { now: 0, redis, wrongMs: 0, jumps, keepers: [keeper, keeper] };
  }

  isOver({ now, admitted, resubmitted }: ClockWorld): boolean {
    return resubmitted !== undefined || (admitted !== undefined && now >= hiddenUntil(admitted));
  }

  async steps(world: ClockWorld): Promise<Step<ClockWorld>[]> {
    if (this.isOver(world)) return [];
    return [
      ['a moment passes', { ...world, now: world.now + 1 }],
      ...this.#troubles(world),
      ...(await this.#keeperSteps(world, 0)),
      ...(await this.#keeperSteps(world, 1)),
    ];
  }

  #troubles(world: ClockWorld): Step<ClockWorld>[] {
    const { jumps, wrongMs } = world;
    const steps: Step<ClockWorld>[] = [];
    if (jumps === 0) return steps;
    for (const ms of [HOUR_MS, -HOUR_MS]) {
      const where = ms > 0 ? 'forward' : 'back';
      const jumped = { ...world, jumps: jumps - 1, wrongMs: wrongMs + ms };
      steps.push([`Redis' wall clock steps ${where}`, jumped]);
    }
    return steps;
  }

  async #keeperSteps(world: ClockWorld, index: 0 | 1): Promise<Step<ClockWorld>[]> {
    const keeper = world.keepers[index];
    const { now, admitted } = world;
    const name = index === 0 ? 'A' : 'B';
    const steps: Step<ClockWorld>[] = [];
    if (keeper.measured === undefined) {
      const measured = withKeeper(world, index, { ...keeper, measured: now });
      steps.push([`${name} measures what it would add`, measured]);
      if (keeper.reading.tick !== fieldOf(world.redis, KEYS.meta, 'tick'))
        steps.push([`${name} reads the fleet's time`, await this.#read(world, index)]);
    } else steps.push([`${name} adds to the fleet's time`, await this.#tick(world, index)]);
    if (admitted === undefined) {
      steps.push([`${name} is admitted`, await this.#admit(world, index)]);
    } else if (await this.#decidesToSendAgain(world, index))
      steps.push([`${name} looks up: resubmit`, { ...world, resubmitted: now }]);
    return steps;
  }

  /** A clock of the product that has read what this keeper has. */
  async #clockOf(world: ClockWorld, index: 0 | 1) {
    const { redis: content, now, wrongMs } = world;
    const { reading } = world.keepers[index];
    const cuts = this.#cuts;
    const wallMs = WALL_MS + now * UNIT_MS + wrongMs;
    const served = this.#redis.serve({ content, run: 10, wallMs, cuts });
    const { connection } = served;
    const local = { monotonicMs: reading.at * UNIT_MS };
    const { time, stepMs, tick } = reading;
    const line: Line = { eval: async () => [String(time), stepMs, tick, '0'] };
    const over = Object.assign(Object.create(connection) as typeof connection, {
      eval: (...words: unknown[]) => line.eval(...words),
    });
    const own = { now: () => 0, monotonic: () => local.monotonicMs, sleep: async () => undefined };
    const clock = await createFleetClock(over, own, KEYS);
    line.eval = connection.eval.bind(connection) as Line['eval'];
    local.monotonicMs = now * UNIT_MS;
    return { clock, local, line, served };
  }

  async #tick(world: ClockWorld, index: 0 | 1): Promise<ClockWorld> {
    const { measured = world.now } = world.keepers[index];
    const made = await this.#clockOf(world, index);
    const { clock, local, line, served } = made;
    const run = line.eval;
    // It slept between the two.
    local.monotonicMs = measured * UNIT_MS;
    line.eval = async (...words) => {
      const answer = await run(...words);
      local.monotonicMs = world.now * UNIT_MS;
      return answer;
    };
    const workerId = index === 0 ? 'A' : 'B';
    await clock.tick({ workerId, tick: 'new', stepMs: UNIT_MS, leaseMs: UNIT_MS });
    const reading = await readingOf(clock, made, world.now);
    return withKeeper({ ...world, redis: served.content() }, index, { reading });
  }

  /** Another worker has the lease. */
  async #read(world: ClockWorld, index: 0 | 1): Promise<ClockWorld> {
    const made = await this.#clockOf(world, index);
    await made.clock.measure();
    return withKeeper(world, index, { reading: await readingOf(made.clock, made, world.now) });
  }

  async #admit(world: ClockWorld, index: 0 | 1): Promise<ClockWorld> {
    const { clock, served } = await this.#clockOf(world, index);
    const ledger = new ImportStore(served.connection, KEYS);
    const entry = await ledger.read(KEY);
    if (!entry) throw new Error('there is no import');
    const sender = `${index === 0 ? 'A' : 'B'}.1`;
    const places = { sender, maxInFlight: 9, gapMs: 0, seenGeneration: 0 };
    const times = { now: clock.now(), submittedAt: 0, due: 0, budgetMs: BUDGET * UNIT_MS };
    const answer = await ledger.admit(entry, { ...times, ...places });
    if (answer.kind !== 'admitted') throw new Error(`not admitted: ${answer.kind}`);
    return { ...world, redis: served.content(), admitted: world.now };
  }

  /** The list shows nothing. */
  async #decidesToSendAgain(world: ClockWorld, index: 0 | 1): Promise<boolean> {
    const { clock, served } = await this.#clockOf(world, index);
    const entry = await new ImportStore(served.connection, KEYS).read(KEY);
    if (entry?.state.status !== 'submitting') return false;
    await clock.measure();
    const at = { startedAt: clock.now(), sendBy: entry.state.sendBy, windowMs: WINDOW * UNIT_MS };
    const known = { policy: 'resubmit', lag: LAG, hasEvidence: false, resent: 0 } as const;
    return decideUnknown({ ...at, ...known }) === 'resubmit';
  }
}

/** The line between a clock and Redis. */
interface Line {
  eval: (...words: unknown[]) => Promise<unknown>;
}

interface Made {
  readonly local: { monotonicMs: number };
  readonly line: Line;
}

/** What a clock has read, by what it answers. */
async function readingOf(clock: FleetClock, { local, line }: Made, now: number): Promise<Reading> {
  let given = '{}';
  line.eval = async (...[, , , arg]) => {
    given = String(arg);
    throw new Error('not run');
  };
  local.monotonicMs = now * UNIT_MS;
  const by = { workerId: 'w', tick: 'new', stepMs: UNIT_MS, leaseMs: UNIT_MS };
  await clock.tick(by).catch(() => undefined);
  const { tick, passed: sinceMs } = JSON.parse(given) as { tick: string; passed: number };
  local.monotonicMs = now * UNIT_MS - sinceMs;
  const time = clock.now();
  local.monotonicMs = Number.MAX_SAFE_INTEGER;
  return { time, stepMs: clock.now() - time, tick, at: now - sinceMs / UNIT_MS };
}

function withKeeper(world: ClockWorld, index: 0 | 1, keeper: Keeper): ClockWorld {
  const [first, second] = world.keepers;
  return { ...world, keepers: index === 0 ? [keeper, second] : [first, keeper] };
}

/**
 * The lease may end at any time: it protects nothing. Of ticks only which are the same makes a difference,
 * of readings how old they are, and before the admission only what has passed since then.
 */
function normal(world: ClockWorld): ClockWorld {
  const { now, admitted, keepers } = world;
  const { [LEASE]: _, ...redis } = world.redis;
  const passed = admitted === undefined ? now : 0;
  const time = Number(fieldOf(redis, KEYS.meta, 'time') ?? 0);
  const timePassed = admitted === undefined ? time - TIME_MS : 0;
  const [first, second] = keepers;
  const current = fieldOf(redis, KEYS.meta, 'tick') ?? '';
  const names = [...new Set([current, first.reading.tick, second.reading.tick])];
  const lately = (at: number): number => Math.max(at, passed - OLDEST) - passed;
  const renewed = ({ reading, measured }: Keeper): Keeper => {
    const tick = `t${names.indexOf(reading.tick)}`;
    const isStale = reading.tick !== current;
    const at = lately(reading.at);
    const known = isStale ? 0 : reading.time - timePassed;
    const kept = { reading: { ...reading, time: known, tick, at } };
    return measured === undefined ? kept : { ...kept, measured: Math.max(at, lately(measured)) };
  };
  const fields = { tick: 't0', time: String(time - timePassed) };
  const all = { redis: withoutSender(withFields(redis, KEYS.meta, fields)), now: now - passed };
  const [one, other] = [renewed(first), renewed(second)];
  const isOrdered = JSON.stringify(one) <= JSON.stringify(other);
  return { ...world, ...all, keepers: isOrdered ? [one, other] : [other, one] };
}

/** The window counts from what the script has written. */
function withoutSender(redis: Content): Content {
  if (fieldOf(redis, IMPORT, 'state') === 'pending') return redis;
  return withFields(redis, IMPORT, { sender: '', detail: '{"sendBy":0}' });
}
