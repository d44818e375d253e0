import { join } from 'node:path';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { BatchStatus } from '../../src/producer/batch-status.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { type Random, seededRandom } from '../../src/shared/runtime/random.ts';
import { CloudWatch } from './cloud-watch.ts';
import { CrashMeter } from './crash-meter.ts';
import { changeWeather, latestArrivalMs, profileOf } from './fault-profile.ts';
import { runFerry } from './ferry-process.ts';
import { flap, SeenImages } from './flapping.ts';
import { Fleet } from './fleet.ts';
import { judge } from './judge.ts';
import { planStrikes, strikeWorkers } from './killer.ts';
import type { SoakOptions } from './options.ts';
import { Recovery } from './recovery.ts';
import type { SoakFigures } from './report.ts';
import type { Stage } from './stage.ts';
import { planServerStrikes, planSteps, stepClocks, strikeServer } from './strike-hosts.ts';
import { type Saying, watchProgress } from './watch-progress.ts';

/** Submits, imports under kills until everything has its outcome, and judges. */
export async function runSoak(
  options: SoakOptions,
  stage: Stage,
  saying: Saying,
): Promise<SoakFigures> {
  const { folder, env, orders, simulator } = stage;
  const startedAt = new Date().toISOString();
  const logFile = join(folder, 'producer.log');
  await runFerry({ args: ['submit', ...orders.files], env, logFile });
  saying.say(`${orders.keys.size} images submitted; logs in ${folder}`);
  const meter = new CrashMeter();
  const watch = new CloudWatch(simulator, orders, meter);
  const recovery = new Recovery(options.withinMs, saying.say);
  const seen = new SeenImages();
  const fleet = new Fleet(stage, {
    meter,
    onMove: (moved) => {
      recovery.moved();
      seen.moved(moved);
    },
  });
  try {
    const start = performance.now();
    for (const host of stage.hosts) fleet.startOn(host);
    const at = { ...stage, fleet, recovery, seen };
    const { complete, ...struck } = await importAll(options, at, saying);
    const wallMs = Math.round(performance.now() - start);
    // A create that is still on its way would be a double that nobody has counted.
    await systemClock.sleep(latestArrivalMs(options.windowMs) + 1000, saying.stop);
    const statuses = await Promise.all(
      orders.batches.map(async (batch): Promise<BatchStatus> => {
        const args = ['status', batch, '--json'];
        return JSON.parse(await runFerry({ args, env, logFile }, [0, 1])) as BatchStatus;
      }),
    );
    const verdict = judge({ orders, simulator, statuses, complete });
    await fleet.close();
    const measured = {
      recovery: recovery.figures(),
      crash: meter.figures(),
      fleet: fleet.figures(),
      cloud: cloudOf(stage),
    };
    return { options, startedAt, complete, wallMs, ...struck, verdict, ...measured };
  } finally {
    watch.close();
    await fleet.close();
  }
}

interface At extends Stage {
  readonly fleet: Fleet;
  readonly recovery: Recovery;
  readonly seen: SeenImages;
}

type Struck = Pick<
  SoakFigures,
  'kills' | 'freezes' | 'redisKills' | 'powerCuts' | 'lostBytes' | 'clockSteps' | 'flapping'
>;

/** Until everything has its outcome, the time is over, or Ctrl-C. */
async function importAll(
  options: SoakOptions,
  at: At,
  saying: Saying,
): Promise<Struck & { readonly complete: boolean }> {
  const done = new AbortController();
  const { signal } = done;
  const weather = {
    profile: profileOf(options.faults),
    windowMs: options.windowMs,
    random: chance(options, 1),
  };
  const others = Promise.all([
    changeWeather(at.simulator, weather, { clock: systemClock, signal }),
    strikeAll(options, at, signal),
  ]);
  const watching = watchProgress(options, at, saying);
  const [complete, [, struck]] = await Promise.all([
    watching.finally(() => {
      done.abort();
      at.recovery.close();
    }),
    others,
  ]);
  return { complete, ...struck };
}

/** A stream of its own for each purpose: one more of one kind leaves the others as they were. */
function chance({ seed }: SoakOptions, purpose: number): Random {
  return seededRandom(seed * 97 + purpose);
}

async function strikeAll(options: SoakOptions, at: At, signal: AbortSignal): Promise<Struck> {
  const { simulator, seen } = at;
  const target = { ...at, accepted: () => simulator.accepted.length, signal };
  const kills = planStrikes(options.kills, options, chance(options, 2));
  const outages = planServerStrikes(options, chance(options, 3));
  const steps = planSteps(options, chance(options, 4));
  const { windowMs } = options;
  const [workers, server, clockSteps, flapping] = await Promise.all([
    strikeWorkers(kills, options.lockMs, target),
    strikeServer(outages, target),
    stepClocks(steps, target),
    options.flapping
      ? flap(simulator, { seen, windowMs, random: chance(options, 5), signal })
      : { spells: 0, long: 0, open: 0 },
    noticeCreates(simulator, at.recovery, signal),
  ]);
  return { ...workers, ...server, clockSteps, flapping };
}

async function noticeCreates(
  { accepted }: Simulator,
  recovery: Recovery,
  signal: AbortSignal,
): Promise<void> {
  let before = 0;
  while (!signal.aborted) {
    if (accepted.length > before) recovery.created();
    before = accepted.length;
    await systemClock.sleep(20, signal);
  }
}

function cloudOf({ simulator }: Stage): SoakFigures['cloud'] {
  const { stats } = simulator;
  const { job = 0, list = 0 } = stats.calls;
  return {
    accepted: simulator.accepted.length,
    posts: stats.posts,
    logins: stats.logins,
    throttled: stats.throttled,
    jobPolls: job,
    lists: list,
    maxInFlight: simulator.maxInFlight(),
    faults: stats.faults,
  };
}
