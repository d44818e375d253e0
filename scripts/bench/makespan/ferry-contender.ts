import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { BatchStore } from '../../../src/shared/ledger/batch-store.ts';
import { ledgerKeys } from '../../../src/shared/ledger/ledger-keys.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import { startFerry } from '../../soak/ferry-process.ts';
import { writeOrders } from '../../soak/orders.ts';
import type { FerryEnv } from '../../soak/worker-env.ts';
import { benchRedis } from '../bench-redis.ts';
import { ferryEnv } from '../ferry-env.ts';
import { RedisProbe } from '../redis-probe.ts';
import type { Lane, Runner } from './lane.ts';

/** `ims-ferry submit --wait` beside one `ims-ferry work`, with no settings but the limit and these. */
export function startOurs(settings: FerryEnv) {
  return (lane: Lane): Promise<Runner> => start(lane, settings);
}

async function start(lane: Lane, settings: FerryEnv): Promise<Runner> {
  await mkdir(lane.folder, { recursive: true });
  const { files, batches } = await writeOrders(lane.folder, lane.images);
  const redis = await benchRedis(lane.path);
  const probe = new RedisProbe(redis.url);
  const limit = { IMS_FERRY_MAX_IN_FLIGHT: String(lane.limit) };
  const env = ferryEnv(lane.simulator, redis.url, { ...limit, ...settings });
  const logFile = join(lane.folder, 'ferry.log');
  const startedAt = systemClock.now();
  const worker = startFerry({ args: ['work'], env, logFile });
  const submit = startFerry({ args: ['submit', '--wait', ...files], env, logFile });
  return {
    startedAt,
    ended: submit.ended.then(() => succeeded(probe, batches)),
    stop: async () => {
      for (const { child } of [submit, worker]) child.kill('SIGTERM');
      await Promise.all([submit.ended, worker.ended]);
      probe.close();
      await redis.close();
    },
  };
}

async function succeeded({ client }: RedisProbe, batches: readonly string[]): Promise<number> {
  const ledger = new BatchStore(client, ledgerKeys('default'));
  const all = await Promise.all(batches.map((batch) => ledger.summary(batch)));
  return all.reduce((sum, one) => sum + (one?.counts.succeeded ?? 0), 0);
}
