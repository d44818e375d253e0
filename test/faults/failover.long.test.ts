import { describe, expect, test } from 'vitest';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { ownRedis } from '../support/own-redis.ts';
import { needing } from '../support/programs.ts';
import { redisFellBack } from '../support/recorded-history.ts';
import { until } from '../support/until.ts';

describe('a failover to a replica', needing('redis-server'), () => {
  test('that has missed the last writes creates nothing twice and loses nothing', async () => {
    const simulator = await cloud({ duration: 3000, listingDelayMs: 1200 });
    const [primary, replica] = [await ownRedis(), await ownRedis()];
    const { port } = new URL(primary.url);
    await replica.client.replicaof('127.0.0.1', port);
    const way = await faultProxy(primary.url);
    const env = accountEnv(simulator, `redis://${way.host}`, {
      IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
      IMS_FERRY_MAX_IN_FLIGHT: '6',
    });
    const workers = [startFerry(['work'], env), startFerry(['work'], env)];
    for (const worker of workers) await worker.says('worker started');
    const file = await manifestFile('failover', 18);
    await runFerry(['submit', file], env);
    await until(() => simulator.accepted.length >= 6);
    await until(async () => (await replica.client.info('replication')).includes('link_status:up'));
    // From here on the replica misses every write.
    await replica.client.replicaof('NO', 'ONE');
    const missed = simulator.accepted.length;
    await until(() => simulator.accepted.length >= missed + 4);
    redisFellBack();
    way.moveTo(replica.url);
    await primary.kill();
    await Promise.any(workers.map((worker) => worker.says('Redis has lost writes')));
    const { code, stderr } = await runFerry(['submit', '--wait', file], env);
    expect(stderr).toContain('18/18 done (18 succeeded)');
    expect(code).toBe(0);
    expect(simulator.accepted).toHaveLength(18);
    expect(doubles(simulator)).toEqual([]);
  });
});
