import { join } from 'node:path';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { type OpenLedger, openLedger } from '../../src/cli/open-ledger.ts';
import { stopStatus } from '../../src/producer/batch-status.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { type Random, seededRandom } from '../../src/shared/runtime/random.ts';
import { changeWeather, latestArrivalMs, profileOf } from './fault-profile.ts';
import { runFerry, statusOf } from './ferry-process.ts';
import { flap, SeenImages } from './flapping.ts';
import { Fleet } from './fleet.ts';
import { judge } from './judge.ts';
import type { SoakOptions } from './options.ts';
import { Recovery } from './recovery.ts';
import type { SoakFigures } from './report.ts';
import type { Stage } from './stage.ts';
import { stepClocks, strikeServer, strikeWorkers } from './strikes.ts';

interface Saying {
  say(line: string): void;
  /** Ctrl-C. */
  readonly stop: AbortSignal;
}

interface Running extends Stage {
  readonly fleet: Fleet;
  readonly recovery: Recovery;
  readonly seen: SeenImages;
}

type Struck = Pick<
  SoakFigures,
  'kills' | 'freezes' | 'redisKills' | 'powerCuts' | 'lostBytes' | 'clockSteps' | 'flapping'
>;

const REPORT_EVERY_MS = 5000;

/** Submits everything, imports it under strikes until every image has its outcome, and judges. */
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
  const recovery = new Recovery(options.withinMs, saying.say);
  const seen = new SeenImages();
  const fleet = new Fleet({
    folder,
    env,
    onMove: (moved) => {
      recovery.moved();
      seen.moved(moved);
    },
  });
  try {
    const start = performance.now();
    for (const host of stage.hosts) fleet.startOn(host);
    const { complete, ...struck } = await importAll(
      options,
      { ...stage, fleet, recovery, seen },
      saying,
    );
    const wallMs = Math.round(performance.now() - start);
    // A create that is still on its way would be a double that is not counted.
    await systemClock.sleep(latestArrivalMs(options.windowMs) + 1000, saying.stop);
    const at = { env, logFile };
    const statuses = await Promise.all(orders.batches.map((batch) => statusOf(batch, at)));
    const verdict = judge({ orders, simulator, statuses, complete });
    await fleet.close();
    const figures = { recovery: recovery.figures(), fleet: fleet.figures(), cloud: cloudOf(stage) };
    return { options, startedAt, complete, wallMs, ...struck, verdict, ...figures };
  } finally {
    await fleet.close();
  }
}

/** Until every image has its outcome, the time is over, or Ctrl-C. */
async function importAll(
  options: SoakOptions,
  at: Running,
  saying: Saying,
): Promise<Struck & { readonly complete: boolean }> {
  const done = new AbortController();
  const { signal } = done;
  const weather = {
    profile: profileOf(options.faults),
    windowMs: options.windowMs,
    random: chance(options, 1),
  };
  const watching = watchProgress(options, at, saying).finally(() => {
    done.abort();
    at.recovery.close();
  });
  const [complete, struck] = await Promise.all([
    watching,
    strikeAll(options, at, signal),
    changeWeather(at.simulator, weather, { clock: systemClock, signal }),
    noticeCreates(at.simulator, at.recovery, signal),
  ]);
  return { complete, ...struck };
}

/** A stream of its own for each purpose: one more strike of a kind leaves the others unchanged. */
function chance({ seed }: SoakOptions, purpose: number): Random {
  return seededRandom(seed * 97 + purpose);
}

async function strikeAll(options: SoakOptions, at: Running, signal: AbortSignal): Promise<Struck> {
  const { simulator, seen } = at;
  const target = { ...at, accepted: () => simulator.accepted.length, signal };
  const { windowMs } = options;
  const [workers, server, clockSteps, flapping] = await Promise.all([
    strikeWorkers(options, target, chance(options, 2)),
    strikeServer(options, target, chance(options, 3)),
    stepClocks(options, target, chance(options, 4)),
    options.flapping
      ? flap(simulator, { seen, windowMs, random: chance(options, 5), signal })
      : { spells: 0, long: 0, open: 0 },
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

/** True once every import is settled; reports the progress every few seconds. */
async function watchProgress(
  options: SoakOptions,
  { orders, simulator, env, fleet, recovery }: Running,
  { say, stop }: Saying,
): Promise<boolean> {
  const log = { write: say };
  const io = { out: say, err: say, log, draw: say, terminal: false, columns: 80, colour: false };
  const open = await openLedger(loadConfig(env), { wait: true }, { ...io, env: {}, stop });
  const why = () => whyCreatesWait(open, orders.batches[0] ?? '');
  const start = performance.now();
  let reportedAt = start;
  try {
    for (;;) {
      const all = await Promise.all(orders.batches.map((batch) => open.batches.summary(batch)));
      const settled = all.reduce((sum, one) => {
        const { succeeded = 0, failed = 0, cancelled = 0, held = 0 } = one?.counts ?? {};
        return sum + succeeded + failed + cancelled + held;
      }, 0);
      if (settled === orders.keys.size) return true;
      const toCreate = all.reduce((sum, one) => sum + (one?.counts.pending ?? 0), 0);
      await recovery.check(toCreate, why);
      const seconds = (performance.now() - start) / 1000;
      if (stop.aborted || seconds > options.minutes * 60) return false;
      if (performance.now() - reportedAt >= REPORT_EVERY_MS) {
        reportedAt = performance.now();
        fleet.measureMemory();
        const counts = `${settled} settled, ${simulator.accepted.length} accepted`;
        say(`${Math.round(seconds)} s: ${counts}, ${fleet.figures().started} workers started`);
      }
      await systemClock.sleep(500, stop);
    }
  } finally {
    await open.close();
  }
}

/** What `status` reports, or that the cloud throttles. */
async function whyCreatesWait(open: OpenLedger, batch: string): Promise<string | undefined> {
  const summary = await open.batches.summary(batch);
  const stopped = summary && (await stopStatus(open, summary.counts));
  if (stopped) return `${stopped.code}: ${stopped.message}`;
  const coolingMs = await open.project.coolingMs('submit');
  return coolingMs > 0 ? `the cloud throttles: creates pause for ${coolingMs} ms` : undefined;
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
