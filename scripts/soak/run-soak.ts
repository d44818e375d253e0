import { join } from 'node:path';
import type { BatchStatus } from '../../src/producer/batch-status.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { CloudWatch } from './cloud-watch.ts';
import { CrashMeter } from './crash-meter.ts';
import { changeWeather, latestArrivalMs, profileOf } from './fault-profile.ts';
import { runFerry } from './ferry-process.ts';
import { Fleet } from './fleet.ts';
import { judge } from './judge.ts';
import { planStrikes, strikeRedis, strikeWorkers } from './killer.ts';
import type { SoakOptions } from './options.ts';
import type { SoakFigures } from './report.ts';
import type { Stage } from './stage.ts';
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
  const fleet = new Fleet(folder, env, meter);
  try {
    const start = performance.now();
    fleet.start(options.workers);
    const { complete, ...struck } = await importAll(options, { ...stage, fleet }, saying);
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
    const measured = { crash: meter.figures(), fleet: fleet.figures(), cloud: cloudOf(stage) };
    return { options, startedAt, complete, wallMs, ...struck, verdict, ...measured };
  } finally {
    watch.close();
    await fleet.close();
  }
}

/** Until everything has its outcome, the time is over, or Ctrl-C. */
async function importAll(
  options: SoakOptions,
  at: Stage & { readonly fleet: Fleet },
  saying: Saying,
): Promise<Pick<SoakFigures, 'complete' | 'kills' | 'freezes' | 'redisKills'>> {
  const { simulator, redis, fleet } = at;
  const done = new AbortController();
  const { signal } = done;
  const stream = (purpose: number) => seededRandom(options.seed * 97 + purpose);
  const accepted = () => simulator.accepted.length;
  const weather = {
    profile: profileOf(options.faults),
    windowMs: options.windowMs,
    random: stream(1),
  };
  const redisPlan = planStrikes(options.redisKills, { ...options, freeze: 0 }, stream(3));
  const others = Promise.all([
    changeWeather(simulator, weather, { clock: systemClock, signal }),
    strikeWorkers(planStrikes(options.kills, options, stream(2)), options.lockMs, {
      fleet,
      accepted,
      signal,
    }),
    strikeRedis(redisPlan, redis, { accepted, signal }),
  ]);
  const watching = watchProgress(options, at, saying);
  const [complete, [, struck, redisKills]] = await Promise.all([
    watching.finally(() => done.abort()),
    others,
  ]);
  return { complete, redisKills, ...struck };
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
