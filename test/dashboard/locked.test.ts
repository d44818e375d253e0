import { expect, onTestFinished, test } from 'vitest';
import { startLockedDashboard, whyLocked } from '../../src/dashboard/start-dashboard.ts';

const USER = { IMS_FERRY_DASHBOARD_USER: 'ops' };

test.each([
  { login: 'no login', env: {}, says: 'locked: no login is set.' },
  { login: 'half a login', env: USER, says: 'IMS_FERRY_DASHBOARD_PASSWORD is not set' },
  {
    login: 'a short password',
    env: { ...USER, IMS_FERRY_DASHBOARD_PASSWORD: 'short-secre' },
    says: 'is shorter than 12 characters',
  },
])('with $login the dashboard for others is locked, and says why', ({ env, says }) => {
  const reason = whyLocked(env, '0.0.0.0');
  expect(reason).toContain(says);
  expect(reason).toContain('Set IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD');
  expect(reason).not.toContain('short-secre');
});

test.each([
  { who: 'a login', env: { ...USER, IMS_FERRY_DASHBOARD_PASSWORD: 'correct-horse-battery' } },
  {
    who: 'a proxy that names the user',
    env: { IMS_FERRY_DASHBOARD_USER_HEADER: 'x-user', IMS_FERRY_DASHBOARD_PROXIES: '10.0.0.1' },
  },
])('with $who it is not', ({ env }) => {
  expect(whyLocked(env, '0.0.0.0')).toBeUndefined();
});

test('on loopback it is not', () => {
  expect(whyLocked({}, '127.0.0.1')).toBeUndefined();
});

test('a locked dashboard answers the reason to everything but health checks', async () => {
  const { url, close } = await startLockedDashboard('Why.', { host: '127.0.0.1', port: 0 });
  onTestFinished(close);
  for (const [method, path] of [
    ['GET', '/'],
    ['GET', '/batches/spring'],
    ['GET', '/queues/'],
    ['POST', '/batches/spring/pause'],
  ] as const) {
    const answer = await fetch(new URL(path, url), { method });
    expect([path, answer.status, await answer.text()]).toEqual([path, 503, 'Why.\n']);
  }
  expect((await fetch(new URL('/healthz', url))).status).toBe(200);
  const ready = await fetch(new URL('/readyz', url));
  expect([ready.status, await ready.text()]).toEqual([503, expect.stringContaining('LOCKED')]);
});
