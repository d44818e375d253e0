import { loadConfig } from '../../src/shared/config/config.ts';
import { type OpenLedger, openLedger } from '../../src/cli/open-ledger.ts';
import { stopStatus } from '../../src/producer/batch-status.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import type { Fleet } from './fleet.ts';
import type { SoakOptions } from './options.ts';
import type { Recovery } from './recovery.ts';
import type { Stage } from './stage.ts';

export interface Saying {
  say(line: string): void;
  /** Ctrl-C. */
  readonly stop: AbortSignal;
}

const SAY_EVERY_MS = 5000;

interface Watched extends Stage {
  readonly fleet: Fleet;
  readonly recovery: Recovery;
}

/** True once every import is settled; says how far it is every few seconds. */
export async function watchProgress(
  options: SoakOptions,
  { orders, simulator, env, fleet, recovery }: Watched,
  { say, stop }: Saying,
): Promise<boolean> {
  const log = { write: say };
  const io = { out: say, err: say, log, draw: say, terminal: false, columns: 80, colour: false };
  const open = await openLedger(loadConfig(env), { wait: true }, { ...io, env: {}, stop });
  const why = () => whyCreatesWait(open, orders.batches[0] ?? '');
  const start = performance.now();
  let saidAt = start;
  try {
    for (;;) {
      const all = await Promise.all(orders.batches.map((batch) => open.batches.summary(batch)));
      const settled = all.reduce((sum, one) => {
        const { succeeded = 0, failed = 0, cancelled = 0, held = 0 } = one?.counts ?? {};
        return sum + succeeded + failed + cancelled + held;
      }, 0);
      if (settled === orders.keys.size) return true;
      const toCreate = all.reduce((sum, one) => sum + (one?.counts.pending ?? 0), 0);
      await recovery.check({ toCreate, why });
      const seconds = (performance.now() - start) / 1000;
      if (stop.aborted || seconds > options.minutes * 60) return false;
      if (performance.now() - saidAt >= SAY_EVERY_MS) {
        saidAt = performance.now();
        fleet.measureMemory();
        const { started } = fleet.figures();
        const accepted = simulator.accepted.length;
        say(
          `${Math.round(seconds)} s: ${settled} settled, ${accepted} accepted, ${started} workers started`,
        );
      }
      await systemClock.sleep(500, stop);
    }
  } finally {
    await open.close();
  }
}

/** What `status` says of it, or that the cloud throttles. */
async function whyCreatesWait(open: OpenLedger, batch: string): Promise<string | undefined> {
  const summary = await open.batches.summary(batch);
  const stopped = summary && (await stopStatus(open, summary.counts));
  if (stopped) return `${stopped.code}: ${stopped.message}`;
  const coolingMs = await open.project.coolingMs('submit');
  return coolingMs > 0 ? `the cloud throttles: creates pause for ${coolingMs} ms` : undefined;
}
