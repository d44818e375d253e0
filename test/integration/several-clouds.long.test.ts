import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { cloudsYaml } from '../support/clouds-yaml.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile, textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** Settings of a process that knows its clouds from clouds.yaml alone. */
async function envOf(clouds: Record<string, Simulator>, more: FerryEnv = {}): Promise<FerryEnv> {
  const [any] = Object.values(clouds);
  if (!any) throw new TypeError('no cloud');
  const { OS_AUTH_URL: _, OS_USERNAME: __, OS_PASSWORD: ___, ...rest } = accountEnv(any, redis.url);
  const { OS_USER_DOMAIN_NAME: ____, OS_PROJECT_NAME: _____, ...plain } = rest;
  const { OS_REGION_NAME: ______, ...env } = plain;
  return { ...env, OS_CLIENT_CONFIG_FILE: await cloudsYaml(clouds), ...more };
}

async function forCloud(name: string, count: number, cloudName?: string): Promise<string> {
  const text = await readFile(await manifestFile(name, count), 'utf8');
  return cloudName === undefined
    ? textFile(`${name}.yaml`, text)
    : textFile(`${name}.yaml`, `cloud: ${cloudName}\n${text}`);
}

const clouds = async () => ({
  de: await cloud({ duration: 800, projectId: 'd'.repeat(32) }),
  nl: await cloud({ duration: 800, projectId: 'e'.repeat(32) }),
});

test('one worker serves the cloud of the environment and those that manifests name, each with its own limits', async () => {
  const both = await clouds();
  const env = await envOf(both, { OS_CLOUD: 'de', IMS_FERRY_MAX_IN_FLIGHT: '2' });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const files = [await forCloud('home', 5), await forCloud('away', 5, 'nl')];
  const { code, stderr } = await runFerry(['submit', '--wait', ...files], env);
  expect(stderr).toContain('5/5 done (5 succeeded)');
  expect(code).toBe(0);
  for (const [simulator, name] of [
    [both.de, 'home'],
    [both.nl, 'away'],
  ] as const) {
    expect(simulator.accepted.map((image) => image.name)).toHaveLength(5);
    expect(simulator.accepted.every((image) => image.name.startsWith(name))).toBe(true);
    expect(doubles(simulator)).toEqual([]);
    expect(simulator.maxInFlight()).toBe(2);
    expect(simulator.stats.logins).toBe(1);
  }
  const home = await runFerry(['status'], env);
  expect(home.stdout).toContain('home');
  expect(home.stdout).not.toContain('away');
  expect(home.stderr).toContain('ims-ferry --cloud nl status');
  const away = await runFerry(['--cloud', 'nl', 'status', 'away', '--json'], env);
  expect(JSON.parse(away.stdout).counts.succeeded).toBe(5);
});

test('where no cloud is the own one, a worker serves those that are named', async () => {
  const both = await clouds();
  const env = await envOf(both);
  const worker = startFerry(['work'], env);
  const file = await forCloud('named', 3, 'nl');
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  expect(worker.stderr()).toContain('serving this cloud too');
  expect(both.nl.accepted).toHaveLength(3);
  expect(both.de.accepted).toHaveLength(0);
});

test('two names for one project are refused before anything is created', async () => {
  const { de } = await clouds();
  const env = await envOf({ de, other: de }, { OS_CLOUD: 'de' });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  await runFerry(['submit', await forCloud('twice', 2, 'other')], env);
  await worker.says('belongs to the cloud of the environment already');
  expect(de.accepted).toHaveLength(0);
  await runFerry(['submit', '--wait', await forCloud('once', 2)], env);
  expect(de.accepted).toHaveLength(2);
});

test('the cloud of the environment may be named, too: with OS_CLOUD, and without', async () => {
  const { de } = await clouds();
  const env = await envOf({ de }, { OS_CLOUD: 'de' });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const file = await forCloud('named', 2, 'de');
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  const { OS_CLOUD: _, OS_CLIENT_CONFIG_FILE: __, ...producer } = env;
  const again = await runFerry(['submit', '--wait', file], producer);
  expect(again.stderr).toContain('0 of 2 images enqueued');
  expect(de.accepted).toHaveLength(2);
  const { stdout } = await runFerry(['--cloud', 'de', 'status'], env);
  expect(stdout).toContain('named');
});

test('a name that the clouds.yaml here does not have is refused; without one it is somebody else’s to know', async () => {
  const both = await clouds();
  const env = await envOf(both, { IMS_FERRY_SUBMIT_CHECKS: '1' });
  const file = await forCloud('typo', 1, 'ln');
  const refused = await runFerry(['submit', file], env);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('it has de, nl');
  const { OS_CLIENT_CONFIG_FILE: _, ...producer } = env;
  const home = await mkdtemp(join(tmpdir(), 'ims-ferry-home-'));
  onTestFinished(() => rm(home, { recursive: true, force: true }));
  const taken = await runFerry(['submit', file], { ...producer, HOME: home });
  expect(taken.stderr).toContain('there is no clouds.yaml here with cloud ln');
  expect(taken.code).toBe(0);
});

test('a manifest that names an address is refused, and the address is not repeated', async () => {
  const file = await textFile(
    'bad.yaml',
    'cloud: https://me:canary@iam.test\nimages:\n  - { name: a, image_url: "b:c", min_disk: 40 }\n',
  );
  const { code, stderr } = await runFerry(['validate', file], {});
  expect(code).toBe(2);
  expect(stderr).toContain(', never an address');
  expect(stderr).not.toContain('canary');
});

test('a folder may hold manifests of several clouds; each gets its receipt', async () => {
  const both = await clouds();
  const env = await envOf(both, { OS_CLOUD: 'de' });
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-folder-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const up = startFerry(['up', folder, '--settle', '0.2', '--rescan', '0.5', '--port', '0'], env);
  await up.says('watching for manifests');
  const drop = async (name: string, cloudName?: string): Promise<void> => {
    const text = await readFile(await forCloud(name, 2, cloudName), 'utf8');
    await writeFile(join(folder, `${name}.yaml`), text);
  };
  await drop('first');
  await drop('second', 'nl');
  for (const name of ['first', 'second']) {
    const receipt = join(folder, `${name}.yaml.result.json`);
    await until(async () => {
      const text = await readFile(receipt, 'utf8').catch(() => '{}');
      return JSON.parse(text).ok === true;
    });
  }
  expect(both.de.accepted).toHaveLength(2);
  expect(both.nl.accepted).toHaveLength(2);
});
