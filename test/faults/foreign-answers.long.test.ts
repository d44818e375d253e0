import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { FOREIGN_PAGES } from '../support/foreign-pages.ts';
import { manifestFile, textFile } from '../support/manifest-file.ts';
import { behindProxy, expectOnce, imagesOf, submitAll } from '../support/one-run.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

test('a page of a firewall, a gateway or a proxy for one create stops nothing and fails no image', async () => {
  const simulator = await cloud({ duration: 200 });
  const proxy = await faultProxy(simulator.url);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: { IMS_FERRY_NAMESPACE: 'foreign-creates' },
  });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const some = FOREIGN_PAGES.filter(({ status }) => [401, 403, 404, 407, 413].includes(status));
  for (const [at, { status, page, json }] of some.slice(0, 6).entries()) {
    const fault = page === undefined ? { status, json } : { status, page };
    // Half of them are sent although the create went through.
    proxy.plan({ fault, method: 'POST', path: /action/, forwarded: at % 2 === 0 });
  }
  expectOnce(simulator, 8, await submitAll('foreign-creates', 8, env));
  expect(worker.stderr()).not.toContain('project stopped');
  expect(simulator.stats.logins).toBe(1);
});

test('foreign pages for polls and lists change nothing but the time it takes', async () => {
  const simulator = await cloud({ duration: 600 });
  const proxy = await faultProxy(simulator.url);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: { IMS_FERRY_NAMESPACE: 'foreign-reads' },
  });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  for (const { status, page, json } of FOREIGN_PAGES.slice(0, 6)) {
    const fault = page === undefined ? { status, json } : { status, page };
    proxy.plan({ fault, method: 'GET', path: /\/(jobs?|v2)\//, forwarded: false });
  }
  expectOnce(simulator, 3, await submitAll('foreign-reads', 3, env));
  expect(simulator.stats.logins).toBe(1);
  expect(worker.stderr()).not.toContain('JOB_GONE');
});

test('one page after the other: all workers pause, the log and status give the reason, and everything resumes', async () => {
  const simulator = await cloud({ duration: 200 });
  const proxy = await faultProxy(simulator.url);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: { IMS_FERRY_NAMESPACE: 'foreign-row', IMS_FERRY_MAX_IN_FLIGHT: '4' },
  });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const page = '<title>Request blocked</title>';
  const blocked = { status: 403, page };
  proxy.plan({ fault: blocked, method: 'POST', path: /action/, count: 1000, forwarded: false });
  const waiting = submitAll('foreign-row', 6, env);
  await worker.says('something other than the cloud answers, all workers pause');
  const status = await runFerry(['status', 'foreign-row'], env);
  expect(status.stderr).toContain('FOREIGN_ANSWERS');
  expect(status.stderr).toContain('Request blocked');
  const [reason] = (await imagesOf('foreign-row', env)).flatMap(({ error }) => error?.code ?? []);
  expect(reason).toBe('HTTP_403');
  proxy.heal();
  expectOnce(simulator, 6, await waiting);
  await until(async () => {
    const { stderr } = await runFerry(['status', 'foreign-row'], env);
    return !stderr.includes('FOREIGN_ANSWERS');
  });
});

test('status gives the reason for an image to be created again while only a firewall answers', async () => {
  const simulator = await cloud({ duration: 100 });
  const proxy = await faultProxy(simulator.url);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: { IMS_FERRY_NAMESPACE: 'foreign-again' },
  });
  startFerry(['work'], env);
  const file = await manifestFile('again', 1);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  const fault = { status: 403, page: '<title>Request blocked</title>' };
  proxy.plan({ fault, method: 'GET', path: /\/v2\//, count: 1000, forwarded: false });
  await runFerry(['submit', '--recreate', file], env);
  await until(async () => {
    const { stderr } = await runFerry(['status', 'again'], env);
    return stderr.includes('FOREIGN_ANSWERS') && stderr.includes('Request blocked');
  });
  proxy.heal();
  await until(async () => (await runFerry(['status', 'again'], env)).stdout.includes('succeeded'));
  expect(simulator.accepted).toHaveLength(1);
});

test('an image whose object may not be read fails by itself, and the others continue', async () => {
  const simulator = await cloud({ duration: 200 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: 'one-forbidden' });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const url = (name: string) => (/^[26]$/.test(name) ? 'bucket:forbidden/x' : 'bucket:ok/x');
  const lines = ['1', '2', '3', '4', '5', '6', '7', '8'].map(
    (name) => `  - { name: image-${name}, image_url: "${url(name)}-${name}.qcow2", min_disk: 40 }`,
  );
  const file = await textFile('mixed.yaml', ['name: mixed', 'images:', ...lines].join('\n'));
  const { code, stderr } = await runFerry(['submit', '--wait', file], env);
  expect(code).toBe(1);
  expect(stderr).toContain('8/8 done (6 succeeded, 2 failed)');
  expect(stderr).toContain('failed image-2: IMG.0026');
  expect(stderr).toContain('IMS accepts other images of this project');
  expect(simulator.accepted).toHaveLength(6);
  expect(worker.stderr()).not.toContain('project stopped');
});
