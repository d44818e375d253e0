import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { useRedis } from '../support/use-redis.ts';
import { findCanaries, type Place } from './find-canaries.ts';

const redis = useRedis({ emptied: true });
const PASSWORD = 'canary-cloud-Passw0rd';
const LOGIN = 'canary-dashboard-Passw0rd';
const KEY = Buffer.from('canary-token-key-of-32-bytes-ok!').toString('base64');
const BASIC = `Basic ${Buffer.from(`ops:${LOGIN}`).toString('base64')}`;

function dashboardEnv(simulator: Simulator): FerryEnv {
  return accountEnv(simulator, redis.url, {
    IMS_FERRY_TOKEN_KEY: KEY,
    IMS_FERRY_DASHBOARD_USER: 'ops',
    IMS_FERRY_DASHBOARD_PASSWORD: LOGIN,
    LOG_LEVEL: 'trace',
  });
}

test('no page, no metric, no event and no log of a dashboard shows a secret', async () => {
  const simulator = await cloud({ duration: 100, password: PASSWORD, failShare: 0.5 });
  const env = dashboardEnv(simulator);
  const worker = startFerry(['work', '--health-port', '0'], env);
  const dashboard = startFerry(['dashboard', '--port', '0'], env);
  await dashboard.says('Dashboard: http://');
  await worker.says('serving health and metrics');
  const base = /Dashboard: (http:\/\/[^\s/]+)/.exec(dashboard.stderr())?.[1];
  const health = /"url":"(http:\/\/[^"]+)"/.exec(worker.stderr())?.[1];
  await runFerry(['submit', '--wait', await manifestFile('canary', 4)], env);
  const get = async (url: string, authorization = BASIC): Promise<string> => {
    const response = await fetch(url, { headers: { authorization } });
    return JSON.stringify([...response.headers]) + (await response.text());
  };
  const list = await get(`${base}/batches/canary`);
  expect(list).toContain('4 images, 1 to 4 here');
  const image = /\/batches\/canary\/images\/[\w-]+/.exec(list)?.[0];
  const paths = [
    '/',
    '/batches/canary?state=failed',
    `${image}`,
    '/batches/canary/retry',
    '/batches/canary/resolve',
    '/reports/canary',
    '/queues/',
    '/queues/api/queues?activeQueue=image-poll&status=failed&page=1&jobsPerPage=10',
    '/metrics',
    '/healthz',
    '/readyz',
    '/nothing',
  ];
  const seen: Place[] = [];
  const see = (name: string, content: string): void => void seen.push({ name, content });
  for (const path of paths) see(path, await get(`${base}${path}`));
  const wrong = `Basic ${btoa('ops:wrong')}`;
  for (const path of paths) see(`refused ${path}`, await get(`${base}${path}`, wrong));
  for (const path of ['/metrics', '/readyz']) {
    see(`worker ${path}`, await get(`${health}${path}`));
  }
  for (const ferry of [worker, dashboard]) {
    expect(await ferry.stop()).toBe(0);
    see('log', ferry.stdout() + ferry.stderr());
  }
  const [token = ''] = simulator.state.accounts.issued;
  expect(token.length).toBeGreaterThan(20);
  const secrets = { PASSWORD, LOGIN, KEY, BASIC, token };
  expect(findCanaries(seen, secrets)).toEqual([]);
  expect(findCanaries([{ name: 'itself', content: `x ${LOGIN}` }], secrets)).not.toEqual([]);
});
