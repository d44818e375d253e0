import { readFile, writeFile } from 'node:fs/promises';
import { expect, onTestFinished, test } from 'vitest';
import { type Simulator, startSimulator } from '../../simulator/start-simulator.ts';
import { createOtherClouds } from '../../src/cli/open/other-clouds.ts';
import type { OtherClouds } from '../../src/shared/cloud/other-clouds.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { ConfigError } from '../../src/shared/errors/errors.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { NO_TRACES } from '../../src/shared/tracing/traces.ts';
import { cloudsYaml } from '../support/clouds-yaml.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** The simulator's own project. */
const PROJECT = '0d1e2f3a4b5c6d7e8f90a1b2c3d4e5f6';

async function simulator(): Promise<Simulator> {
  const started = await startSimulator();
  onTestFinished(() => started.close());
  return started;
}

/** What one process has, with this clouds.yaml. */
function aProcess(file: string, more: Readonly<Record<string, string>> = {}): OtherClouds {
  const env = { OS_CLIENT_CONFIG_FILE: file, ...more };
  const opened = createOtherClouds({
    ...{ config: loadConfig({ IMS_FERRY_NAMESPACE: 'home' }), env, log: silentLogger() },
    open: { clock: systemClock, redis: redis.client, traces: NO_TRACES },
  });
  onTestFinished(() => opened.close());
  return opened;
}

async function everythingInRedis(): Promise<string> {
  const keys = await redis.client.keys('*');
  const values = await Promise.all(
    keys.map(async (key) => {
      const type = await redis.client.type(key);
      return type === 'hash' ? redis.client.hgetall(key) : redis.client.get(key);
    }),
  );
  return JSON.stringify([keys, values]);
}

test('a cloud of clouds.yaml is opened once; its token is that of its own workers, and sealed', async () => {
  const partner = await simulator();
  const file = await cloudsYaml({ partner });
  const processes = [aProcess(file), aProcess(file)];
  const opened = await Promise.all(processes.flatMap((one) => [one.of('partner')]));
  const again = await processes[0]?.of('partner');
  expect(again).toBe(opened[0]);
  const [first, second] = await Promise.all(opened.map(({ sessions }) => sessions.get()));
  expect(first?.projectId).toBe(PROJECT);
  expect(first?.fingerprint).toBe(second?.fingerprint);
  expect(partner.stats.logins).toBe(1);
  const keys = await redis.client.keys('*');
  expect(keys.length).toBeGreaterThan(0);
  expect(keys.filter((key) => !key.startsWith('{imsferry:home@partner}:token:'))).toEqual([]);
  const token = first?.authorize({ method: 'GET', url: partner.url })['x-auth-token'];
  const stored = await everythingInRedis();
  expect(token?.length).toBeGreaterThan(20);
  expect(stored).not.toContain(token);
  expect(stored).not.toContain(partner.credentials.password);
});

test('the cloud of the environment shares the token of the ledger without a name', async () => {
  const partner = await simulator();
  const file = await cloudsYaml({ partner });
  const { sessions } = await aProcess(file, { OS_CLOUD: 'partner' }).of('partner');
  await sessions.get();
  const keys = await redis.client.keys('*');
  expect(keys.filter((key) => !key.startsWith('{imsferry:home}:token:'))).toEqual([]);
});

test('an entry that is missing is reported with those that exist, and counts once it is added', async () => {
  const partner = await simulator();
  const file = await cloudsYaml({ other: partner });
  const others = aProcess(file);
  const missing = others.of('partner');
  await expect(missing).rejects.toThrow(ConfigError);
  await expect(missing).rejects.toThrow(/cloud partner is not in .*clouds.yaml; it has other/);
  await writeFile(file, JSON.stringify({ clouds: { partner: { auth: {} } } }));
  await expect(others.of('partner')).rejects.toThrow(/partner/);
  await writeFile(file, await readFile(await cloudsYaml({ partner })));
  expect((await (await others.of('partner')).sessions.get()).projectId).toBe(PROJECT);
});
