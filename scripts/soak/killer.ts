import { systemClock } from '../../src/shared/runtime/clock.ts';
import type { Random } from '../../src/shared/runtime/random.ts';
import type { Fleet, Worker } from './fleet.ts';
import type { SoakOptions } from './options.ts';
import type { Recovery } from './recovery.ts';

/** One kill: due when the cloud has accepted this many images, then after a moment. */
export interface Strike {
  readonly accepted: number;
  readonly afterMs: number;
  /** Strikes the next worker that writes an intent, some milliseconds later: around its POST. */
  readonly aimed: boolean;
  readonly freezes: boolean;
  /** 0 to 1: which of those that live. */
  readonly victim: number;
}

/** Half of the kills: at random moments most workers hold no create, the most delicate thing. */
const AIMED_SHARE = 0.5;
/** From the intent to the answer's entry in the ledger, at the latencies of the profiles. */
const AROUND_POST_MS = 60;
/** The last strike comes when some images are still to be done. */
const LAST_SHARE = 0.97;

/** Spread evenly over the images, each at a random moment of its stretch. */
export function planStrikes(
  count: number,
  { images, freeze }: Pick<SoakOptions, 'images' | 'freeze'>,
  random: Random,
): readonly Strike[] {
  return Array.from({ length: count }, (_, index) => {
    const aimed = random.next() < AIMED_SHARE;
    return {
      accepted: Math.floor(((index + random.next()) / count) * images * LAST_SHARE),
      afterMs: Math.round((aimed ? AROUND_POST_MS : 2 * AROUND_POST_MS) * random.next()),
      aimed,
      freezes: random.next() < freeze,
      victim: random.next(),
    };
  });
}

/** What a strike waits for. */
export interface Moment {
  /** How many images the cloud has accepted. */
  readonly accepted: () => number;
  readonly signal: AbortSignal;
}

interface Target extends Moment {
  readonly fleet: Fleet;
  readonly recovery: Recovery;
}

export interface Struck {
  readonly kills: number;
  readonly freezes: number;
}

/** Strikes as planned until all is done. Waits for the last frozen worker. */
export async function strikeWorkers(
  plan: readonly Strike[],
  lockMs: number,
  { fleet, accepted, signal, recovery }: Target,
): Promise<Struck> {
  const struck = { kills: 0, freezes: 0 };
  const frozen: Promise<void>[] = [];
  for (const strike of plan) {
    while (accepted() < strike.accepted && !signal.aborted) await systemClock.sleep(10, signal);
    const victim = await chooseVictim(strike, fleet, signal);
    if (signal.aborted || !victim) break;
    const name = `${victim.number} of ${victim.host.name}`;
    if (strike.freezes) {
      const thawed = fleet.freeze(victim, 2 * lockMs);
      frozen.push(thawed.then(() => recovery.ended('worker frozen', name)));
    } else {
      fleet.kill(victim);
      recovery.ended('worker killed', name);
    }
    struck[strike.freezes ? 'freezes' : 'kills'] += 1;
  }
  await Promise.all(frozen);
  return struck;
}

/** Longer than this nobody may have anything to submit: then any worker will do. */
const AIM_MS = 2000;

async function chooseVictim(
  { aimed, afterMs, victim }: Strike,
  fleet: Fleet,
  signal: AbortSignal,
): Promise<Worker | undefined> {
  const target = aimed ? await fleet.nextIntent(AIM_MS) : undefined;
  await systemClock.sleep(afterMs, signal);
  while (fleet.ready().length === 0 && !signal.aborted) await systemClock.sleep(10, signal);
  const ready = fleet.ready();
  if (target && ready.includes(target)) return target;
  return ready[Math.floor(victim * ready.length)];
}
