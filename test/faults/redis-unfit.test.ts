import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { freePort } from '../support/free-port.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { expectOnce, SHORT_WINDOW } from '../support/one-run.ts';
import { ownRedis } from '../support/own-redis.ts';
import { needing } from '../support/programs.ts';
import { until } from '../support/until.ts';

const CODE = 'REDIS_MAY_EVICT';

async function textAt(url: string): Promise<string> {
  return (await fetch(url)).text();
}

test(
  'a Redis that may evict since it was changed: no create, the reason everywhere, then everything resumes',
  needing('redis-server'),
  async () => {
    const simulator = await cloud({ duration: 200 });
    const redis = await ownRedis();
    const env = accountEnv(simulator, redis.url, { ...SHORT_WINDOW, IMS_FERRY_LOCK_MS: '1000' });
    const [health, board] = [await freePort(), await freePort()];
    const worker = startFerry(['work', '--health-port', String(health)], env);
    await worker.says('worker started');
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await worker.says(CODE);
    // It is refused at a start, too; those who wait already see the reason.
    const refused = await runFerry(['submit', await manifestFile('refused', 1)], env);
    expect(refused.code).toBe(3);
    await redis.client.config('SET', 'maxmemory-policy', 'noeviction');
    await worker.says('Redis is fit again');
    const waiting = startFerry(['submit', '--wait', await manifestFile('later', 3)], {
      ...env,
      IMS_FERRY_LOCK_MS: '2000',
    });
    await waiting.says('3/3 done (3 succeeded)');
    await redis.client.config('SET', 'maxmemory-policy', 'allkeys-lru');
    await until(async () => (await textAt(`http://127.0.0.1:${health}/readyz`)).includes(CODE));
    const sent = simulator.stats.posts;
    const dashboard = startFerry(['dashboard', '--port', String(board)], env);
    await dashboard.says('Dashboard: ');
    const status = await runFerry(['status', 'later'], env);
    expect(status.stdout).toContain('later: 3 succeeded');
    expect(status.stderr).toContain(`Stopped: ${CODE}: Redis has maxmemory-policy allkeys-lru`);
    expect(await textAt(`http://127.0.0.1:${board}/`)).toContain(CODE);
    for (const port of [health, board]) {
      const metrics = await textAt(`http://127.0.0.1:${port}/metrics`);
      expect(metrics).toContain(`imsferry_redis_unfit{code="${CODE}"} 1`);
    }
    expect(simulator.stats.posts).toBe(sent);
    expect(worker.stderr().split(CODE)).toHaveLength(3);
  },
);

test(
  'images that wait when Redis is changed are created when it is right again',
  needing('redis-server'),
  async () => {
    const simulator = await cloud({ duration: 300 });
    const redis = await ownRedis();
    const env = accountEnv(simulator, redis.url, {
      ...SHORT_WINDOW,
      IMS_FERRY_LOCK_MS: '1000',
      IMS_FERRY_MAX_IN_FLIGHT: '2',
    });
    const worker = startFerry(['work'], env);
    const waiting = startFerry(['submit', '--wait', await manifestFile('wait', 16)], env);
    await until(() => simulator.accepted.length >= 2);
    await redis.client.config('SET', 'appendonly', 'no');
    await worker.says('REDIS_NOT_KEPT');
    await waiting.says('No create: REDIS_NOT_KEPT');
    const sent = simulator.stats.posts;
    await waiting.says(`${sent}/16 done`);
    expect(simulator.stats.posts).toBe(sent);
    expect(sent).toBeLessThan(16);
    await redis.client.config('SET', 'appendonly', 'yes');
    const code = await waiting.exited;
    expectOnce(simulator, 16, { code, stderr: waiting.stderr() });
  },
);
