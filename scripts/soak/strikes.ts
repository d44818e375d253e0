import { systemClock } from '../../src/shared/runtime/clock.ts';
import type { Random } from '../../src/shared/runtime/random.ts';
import type { SeenImages } from './flapping.ts';
import type { Fleet, Worker } from './fleet.ts';
import type { Host } from './hosts.ts';
import type { SoakOptions } from './options.ts';
import type { Recovery } from './recovery.ts';
import type { Stage } from './stage.ts';

/** One strike: due a moment after the cloud has accepted this many images. */
export interface Strike {
  readonly accepted: number;
  readonly afterMs: number;
  /** Waits for the next intent of a worker, and strikes some milliseconds later: around its POST. */
  readonly isAimed: boolean;
  readonly freezes: boolean;
  /** 0 to 1: chooses the victim, or how bad it gets. */
  readonly chance: number;
}

interface ServerStrike extends Strike {
  readonly what: 'Redis' | 'power';
}

interface ClockStep {
  readonly accepted: number;
  /** 0 to 1: half of the steps are for the host of Redis. */
  readonly host: number;
  readonly ms: number;
}

/** A run under way; the signal is aborted when it is over. */
export interface Running extends Stage {
  readonly fleet: Fleet;
  readonly recovery: Recovery;
  readonly seen: SeenImages;
  readonly signal: AbortSignal;
}

/** Half of the strikes: at a random moment most workers are not in the middle of a create. */
const AIMED_SHARE = 0.5;
/** An aimed strike that sees no intent within this time takes any worker. */
const AIM_MS = 2000;
/** From the intent to the record of the answer in the ledger, at the latencies of the profiles. */
const AROUND_POST_MS = 60;
/** The last strike comes while some images are still open. */
const LAST_SHARE = 0.97;
const DAY_MS = 86_400_000;
/** By then every process has noticed a step of its clock. */
const NOTICED_MS = 1500;

/** Spread evenly over the images, each at a random moment of its stretch. */
function planStrikes(
  count: number,
  { images, freeze }: Pick<SoakOptions, 'images' | 'freeze'>,
  random: Random,
): readonly Strike[] {
  return Array.from({ length: count }, (_, index) => {
    const isAimed = random.next() < AIMED_SHARE;
    return {
      accepted: Math.floor(((index + random.next()) / count) * images * LAST_SHARE),
      afterMs: Math.round((isAimed ? AROUND_POST_MS : 2 * AROUND_POST_MS) * random.next()),
      isAimed,
      freezes: random.next() < freeze,
      chance: random.next(),
    };
  });
}

/** Waits until a strike is due; false when the run has ended before. */
async function isDue(accepted: number, { simulator, signal }: Running): Promise<boolean> {
  while (simulator.accepted.length < accepted && !signal.aborted) {
    await systemClock.sleep(10, signal);
  }
  return !signal.aborted;
}

/** Kills and freezes workers. Returns after the last frozen one has resumed. */
export async function strikeWorkers(
  { kills, lockMs, ...options }: SoakOptions,
  running: Running,
  random: Random,
) {
  const { fleet, recovery } = running;
  const struck = { kills: 0, freezes: 0 };
  const frozen: Promise<void>[] = [];
  for (const strike of planStrikes(kills, options, random)) {
    const victim = (await isDue(strike.accepted, running)) && (await chooseVictim(strike, running));
    if (!victim) break;
    const name = `${victim.number} of ${victim.host.name}`;
    if (strike.freezes) {
      const resumed = fleet.freeze(victim, 2 * lockMs);
      frozen.push(resumed.then(() => recovery.ended('worker frozen', name)));
    } else {
      fleet.kill(victim);
      recovery.ended('worker killed', name);
    }
    struck[strike.freezes ? 'freezes' : 'kills'] += 1;
  }
  await Promise.all(frozen);
  return struck;
}

async function chooseVictim(
  { isAimed, afterMs, chance }: Strike,
  { fleet, signal }: Running,
): Promise<Worker | undefined> {
  const aimedAt = isAimed ? await fleet.nextIntent(AIM_MS) : undefined;
  await systemClock.sleep(afterMs, signal);
  while (fleet.ready().length === 0 && !signal.aborted) await systemClock.sleep(10, signal);
  if (signal.aborted) return undefined;
  const ready = fleet.ready();
  if (aimedAt && ready.includes(aimedAt)) return aimedAt;
  return ready[Math.floor(chance * ready.length)];
}

/** Kills of Redis and power cuts, one after the other: there is one Redis. */
export function planServerStrikes(
  options: Pick<SoakOptions, 'images' | 'redisKills' | 'powerCuts'>,
  random: Random,
): readonly ServerStrike[] {
  const plan = (count: number, what: ServerStrike['what']): readonly ServerStrike[] =>
    planStrikes(count, { ...options, freeze: 0 }, random).map((strike) => ({ ...strike, what }));
  return [...plan(options.redisKills, 'Redis'), ...plan(options.powerCuts, 'power')].toSorted(
    (a, b) => a.accepted - b.accepted,
  );
}

export async function strikeServer(options: SoakOptions, running: Running, random: Random) {
  const { signal, fleet, redis, recovery } = running;
  /** `lostBytes`: of the append-only file, in the power cuts. */
  const struck = { redisKills: 0, powerCuts: 0, lostBytes: 0 };
  for (const strike of planServerStrikes(options, random)) {
    if (!(await isDue(strike.accepted, running))) break;
    if (strike.isAimed && strike.what === 'power') await fleet.nextIntent(AIM_MS);
    await systemClock.sleep(strike.afterMs, signal);
    if (signal.aborted) break;
    if (strike.what === 'Redis') {
      const pauseMs = 200 + 800 * strike.chance;
      await redis.killFor(pauseMs);
      struck.redisKills += 1;
      recovery.ended('Redis killed', `for ${Math.round(pauseMs)} ms`);
    } else {
      struck.lostBytes += await cutPower(strike, running);
      struck.powerCuts += 1;
    }
  }
  return struck;
}

/** Redis is away for 0.5 to 10 s; the worker of its host starts with it. */
async function cutPower(
  { chance }: Strike,
  { fleet, redis, hosts: [host], recovery, seen }: Running,
): Promise<number> {
  if (!host) return 0;
  fleet.killOn(host);
  const cutAt = systemClock.now();
  seen.losePower(cutAt);
  const pauseMs = 500 + 9500 * chance ** 2;
  const lost = await redis.losePowerFor({ pauseMs, share: (chance * 10) % 1 });
  // Lines that were logged before the cut may be read only now.
  seen.losePower(cutAt);
  fleet.startOn(host);
  recovery.ended('power cut', `for ${Math.round(pauseMs)} ms, took ${lost} bytes of the file`);
  return lost;
}

/** Seconds, minutes and hours are equally frequent; half of the steps go back. */
export function planSteps(
  { clockSteps, images }: Pick<SoakOptions, 'images' | 'clockSteps'>,
  random: Random,
): readonly ClockStep[] {
  return planStrikes(clockSteps, { images, freeze: 0.5 }, random).map((strike) => {
    const ms = Math.round(1000 * (DAY_MS / 1000) ** random.next());
    return { accepted: strike.accepted, host: strike.chance, ms: strike.freezes ? -ms : ms };
  });
}

/** Returns how many clocks were stepped. No clock is ever wrong by more than a day. */
export async function stepClocks(
  options: SoakOptions,
  running: Running,
  random: Random,
): Promise<number> {
  const { signal, hosts, redis, recovery } = running;
  const wrongMs = new Map<Host, number>();
  let steps = 0;
  for (const step of planSteps(options, random)) {
    if (!(await isDue(step.accepted, running))) break;
    const index = step.host < 0.5 ? 0 : Math.floor((step.host * 2 - 1) * hosts.length);
    const host = hosts[index];
    if (!host?.clock) continue;
    const before = wrongMs.get(host) ?? 0;
    const ms = Math.abs(before + step.ms) > DAY_MS ? -step.ms : step.ms;
    wrongMs.set(host, before + ms);
    host.clock.beWrongBy(before + ms);
    steps += 1;
    const name = index === 0 ? `${host.name} with Redis` : host.name;
    recovery.ended('clock step', `of ${name} by ${Math.round(ms / 1000)} s`);
    if (index > 0 || ms > 0) continue;
    await systemClock.sleep(NOTICED_MS, signal);
    if (!signal.aborted) await redis.syncAgain();
  }
  return steps;
}
