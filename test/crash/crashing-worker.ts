/**
 * A worker like `ims-ferry work` that stops at one named point and asks its parent what shall happen
 * there. Every point that it crosses and that its list does not name is reported.
 */

import { openLedger } from '../../src/cli/open/open-ledger.ts';
import { wireWorker } from '../../src/cli/run-worker.ts';
import { loadCloudConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { createLogger, standardErrorLog } from '../../src/shared/log/logger.ts';
import { startWorker } from '../../src/worker/start-worker.ts';
import { withCrossings } from './crossings.ts';
import { systemIo } from './worker-io.ts';

/** What the parent says at the point, to the one of several crossings that asked. */
export type Order = 'go' | 'die' | 'awake';
export interface Reply {
  readonly id: number;
  readonly order: Order;
}

const points = new Set((process.env['CRASH_POINTS'] ?? '').split(','));
const known = new Set((process.env['CRASH_KNOWN'] ?? '').split(','));
const reported = new Set<string>();

function report(message: object): void {
  process.send?.(message);
}

let asked = 0;

function ask(at: string): Promise<Order> {
  asked += 1;
  const id = asked;
  return new Promise((resolve) => {
    const hear = (reply: Reply): void => {
      if (reply.id !== id) return;
      process.off('message', hear);
      resolve(reply.order);
    };
    process.on('message', hear);
    report({ at, id });
  });
}

/** Rounds of duties after a freeze: what was interrupted has gone on by then. */
let roundsAwake = Number.NEGATIVE_INFINITY;

async function cross(name: string): Promise<void> {
  if (name === 'project.beat before') {
    roundsAwake += 1;
    report({ round: true });
  }
  if (roundsAwake === 3) report({ awake: true });
  const isNews = !known.has(name.replace(/ (before|after)$/, '')) && !reported.has(name);
  if (isNews) {
    reported.add(name);
    report({ unlisted: name });
  }
  if (!points.has(name)) return;
  switch (await ask(name)) {
    case 'die':
      process.kill(process.pid, 'SIGKILL');
      return new Promise(() => undefined);
    // It was frozen while it waited for this.
    case 'awake':
      roundsAwake = 0;
      return;
    case 'go':
      return;
  }
}

const config = loadConfig(process.env);
const log = createLogger(config.logLevel, standardErrorLog());
const open = await openLedger(config, { wait: true }, systemIo);
const options = { config, cloud: await loadCloudConfig({ env: process.env }) };
const wiring = await wireWorker(options, {
  ...{ open, log, env: process.env },
  onFatal: () => process.exit(3),
});
await startWorker({ ...wiring, deps: withCrossings(wiring.deps, cross) });
report({ started: true });
