import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accountEnv, createsByMarker } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { spawnFerry, startFerry } from '../support/ferry.ts';
import { expectOnce, SHORT_WINDOW, submitAll } from '../support/one-run.ts';
import { needing } from '../support/programs.ts';
import { startContainer, type TestRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';

const SERVERS = [
  { image: 'redis:7-alpine', program: 'redis-server', version: { name: 'redis', is: /^7\./ } },
  { image: 'redis:8-alpine', program: 'redis-server', version: { name: 'redis', is: /^8\./ } },
  {
    image: 'valkey/valkey:8-alpine',
    program: 'valkey-server',
    version: { name: 'valkey', is: /^8\./ },
  },
] as const;

/** The server's name and its own version: Valkey also reports the Redis that it is compatible with. */
async function versionOf(url: string): Promise<{ readonly name: string; readonly is: string }> {
  const client = new Redis(url);
  const info = await client.info('server');
  client.disconnect();
  const valkey = /^valkey_version:(\S+)/m.exec(info)?.[1];
  const redis = /^redis_version:(\S+)/m.exec(info)?.[1] ?? '';
  return valkey === undefined ? { name: 'redis', is: redis } : { name: 'valkey', is: valkey };
}

for (const { image, program, version } of SERVERS) {
  describe(image, needing('docker daemon'), () => {
    let server: TestRedis;
    beforeAll(async () => {
      server = await startContainer(image, program);
    }, 0);
    afterAll(() => server.stop(), 0);

    test('is the server of that name', async () => {
      const { name, is } = await versionOf(server.url);
      expect(name).toBe(version.name);
      expect(is).toMatch(version.is);
    });

    test('carries an import with two workers, each image once', async () => {
      const simulator = await cloud({ duration: 500 });
      const env = accountEnv(simulator, server.url, { IMS_FERRY_NAMESPACE: 'main' });
      startFerry(['work'], env);
      startFerry(['work'], env);
      expectOnce(simulator, 20, await submitAll('main', 20, env));
    });

    test('sees no image created twice where answers are lost and a worker is killed', async () => {
      const simulator = await cloud({ duration: 1000, nextCreates: { dropAfter: 3 } });
      const env = accountEnv(simulator, server.url, {
        ...SHORT_WINDOW,
        IMS_FERRY_NAMESPACE: 'killed',
        IMS_FERRY_MAX_IN_FLIGHT: '6',
      });
      const victim = spawnFerry(['work'], env);
      const waiting = submitAll('killed', 20, env);
      await until(() => simulator.accepted.length >= 4);
      victim.process.kill('SIGKILL');
      startFerry(['work'], env);
      expectOnce(simulator, 20, await waiting);
      expect(simulator.accepted.filter(({ late }) => late)).toHaveLength(3);
      expect(createsByMarker(simulator).size).toBe(20);
    });
  });
}
