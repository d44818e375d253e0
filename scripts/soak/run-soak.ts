import { join } from 'node:path';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { type OpenLedger, openLedger } from '../../src/cli/open/open-ledger.ts';
import { stopStatus } from '../../src/producer/batch-status.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { changeWeather, latestArrivalMs } from './fault-profile.ts';
import { runFerry, statusOf } from './ferry-process.ts';
import { flap, SeenImages } from './flapping.ts';
import { Fleet, type Moved } from './fleet.ts';
import { judge } from './judge.ts';
import type { SoakOptions } from './options.ts';
import { Recovery } from './recovery.ts';
import type { Stage } from './stage.ts';
import { type Running, stepClocks, strikeServer, strikeWorkers } from './strikes.ts';

interface Saying {
  say(line: string): void;
  /** Ctrl-C. */
  readonly stop: AbortSignal;
}

/** The result of a run; what `--json` writes. */
export type SoakFigures = Awaited<ReturnType<typeof runSoak>>;

const REPORT_EVERY_MS = 5000;

/** Submits everything, imports it under strikes until every image has its outcome, and judges. */
export async function runSoak(options: SoakOptions, stage: Stage, saying: Saying) {
  const { folder, env, orders, simulator } = stage;
  const startedAt = new Date().toISOString();
  const logFile = join(folder, 'producer.log');
  await runFerry({ args: ['submit', ...orders.files], env, logFile });
  saying.say(`${orders.keys.size} images submitted; logs in ${folder}`);
  const recovery = new Recovery(options.withinMs, saying.say);
  const seen = new SeenImages();
  const onMove = (moved: Moved): void => {
    recovery.moved();
    seen.moved(moved);
  };
  const fleet = new Fleet({ folder, env, onMove });
  try {
    const start = performance.now();
    for (const host of stage.hosts) fleet.startOn(host);
    const struck = await importAll(options, { ...stage, fleet, recovery, seen }, saying);
    const wallMs = Math.round(performance.now() - start);
    // A create that is still on its way would be a double that is not counted.
    await systemClock.sleep(latestArrivalMs(options.windowMs) + 1000, saying.stop);
    const at = { env, logFile };
    const statuses = await Promise.all(orders.batches.map((batch) => statusOf(batch, at)));
    const verdict = judge(stage, statuses, struck.complete);
    await fleet.close();
    const figures = {
      recovery: recovery.figures(),
      fleet: fleet.figures(),
      cloud: cloudOf(simulator),
    };
    return { options, startedAt, wallMs, ...struck, verdict, ...figures };
  } finally {
    await fleet.close();
  }
}

/** Under strikes, until every image has its outcome, the time is over, or Ctrl-C. */
async function importAll(options: SoakOptions, stage: Omit<Running, 'signal'>, saying: Saying) {
  const over = new AbortController();
  const running = { ...stage, signal: over.signal };
  // A stream of its own for each purpose: one more strike of a kind leaves the others unchanged.
  const chance = (purpose: number) => seededRandom(options.seed * 97 + purpose);
  const watching = watchProgress(options, running, saying).finally(() => {
    over.abort();
    running.recovery.close();
  });
  const [complete, workers, server, clockSteps, flapping] = await Promise.all([
    watching,
    strikeWorkers(options, running, chance(2)),
    strikeServer(options, running, chance(3)),
    stepClocks(options, running, chance(4)),
    flap(options, running, chance(5)),
    changeWeather(options, running, chance(1)),
    noticeCreates(running),
  ]);
  return { complete, ...workers, ...server, clockSteps, flapping };
}

async function noticeCreates({ simulator, recovery, signal }: Running): Promise<void> {
  let before = 0;
  while (!signal.aborted) {
    const { length } = simulator.accepted;
    if (length > before) recovery.created();
    before = length;
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
  const io = { err: say, log, terminal: false, env };
  const open = await openLedger(loadConfig(env), { wait: true }, { ...io, stop });
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

function cloudOf(simulator: Simulator) {
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
