import { systemClock } from '../../src/shared/runtime/clock.ts';
import type { Random } from '../../src/shared/runtime/random.ts';
import type { DurableRedis } from './durable-redis.ts';
import type { SeenImages } from './flapping.ts';
import type { Fleet } from './fleet.ts';
import type { Host } from './hosts.ts';
import { type Moment, planStrikes, type Strike } from './killer.ts';
import type { SoakOptions } from './options.ts';
import type { Recovery } from './recovery.ts';

interface ServerStrike extends Strike {
  readonly what: 'Redis' | 'power';
}

/** Kills of Redis and power cuts: one after the other, for there is one Redis. */
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

export interface HostTarget extends Moment {
  readonly fleet: Fleet;
  readonly redis: DurableRedis;
  readonly hosts: readonly Host[];
  readonly recovery: Recovery;
  readonly seen: SeenImages;
}

export interface ServerStruck {
  readonly redisKills: number;
  readonly powerCuts: number;
  /** Bytes of the append-only file that the power cuts took. */
  readonly lostBytes: number;
}

/** A power cut is aimed as kills are: at a moment after the next intent, or at any. */
const AIM_MS = 2000;

export async function strikeServer(
  plan: readonly ServerStrike[],
  target: HostTarget,
): Promise<ServerStruck> {
  const { accepted, signal, fleet, redis, recovery } = target;
  const struck = { redisKills: 0, powerCuts: 0, lostBytes: 0 };
  for (const strike of plan) {
    while (accepted() < strike.accepted && !signal.aborted) await systemClock.sleep(10, signal);
    if (strike.aimed && strike.what === 'power') await fleet.nextIntent(AIM_MS);
    await systemClock.sleep(strike.afterMs, signal);
    if (signal.aborted) break;
    if (strike.what === 'Redis') {
      const pauseMs = 200 + 800 * strike.victim;
      await redis.killFor(pauseMs);
      struck.redisKills += 1;
      recovery.ended('Redis killed', `for ${Math.round(pauseMs)} ms`);
    } else {
      struck.lostBytes += await cutPower(strike, target);
      struck.powerCuts += 1;
    }
  }
  return struck;
}

/** Redis is away for 0.5 to 10 s; its worker starts with it. */
async function cutPower(
  { victim }: Strike,
  { fleet, redis, hosts: [host], recovery, seen }: HostTarget,
): Promise<number> {
  if (!host) return 0;
  fleet.killOn(host);
  const cutAt = systemClock.now();
  seen.losePower(cutAt);
  const pauseMs = 500 + 9500 * victim ** 2;
  const lost = await redis.losePowerFor({ pauseMs, share: (victim * 10) % 1 });
  // What was logged before and is read only now is lost, too.
  seen.losePower(cutAt);
  fleet.startOn(host);
  recovery.ended('power cut', `for ${Math.round(pauseMs)} ms, took ${lost} bytes of the file`);
  return lost;
}

interface Step {
  readonly accepted: number;
  /** 0 to 1: half of the steps are those of Redis' host. */
  readonly host: number;
  readonly ms: number;
}

const DAY_MS = 86_400_000;

/** Seconds, minutes and hours are as frequent as each other; half of the steps go back. */
export function planSteps(
  { clockSteps, images }: Pick<SoakOptions, 'images' | 'clockSteps'>,
  random: Random,
): readonly Step[] {
  return planStrikes(clockSteps, { images, freeze: 0.5 }, random).map((strike) => {
    const ms = Math.round(1000 * (DAY_MS / 1000) ** random.next());
    return { accepted: strike.accepted, host: strike.victim, ms: strike.freezes ? -ms : ms };
  });
}

/** By then every process has noticed a step. */
const NOTICED_MS = 1500;

/** Answers how many clocks were stepped. No clock is ever wrong by more than a day. */
export async function stepClocks(
  plan: readonly Step[],
  { accepted, signal, hosts, redis, recovery }: Omit<HostTarget, 'fleet' | 'seen'>,
): Promise<number> {
  const wrongMs = new Map<Host, number>();
  let steps = 0;
  for (const step of plan) {
    while (accepted() < step.accepted && !signal.aborted) await systemClock.sleep(10, signal);
    if (signal.aborted) break;
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
