import { describe, expect, test } from 'vitest';
import { localPath } from '../../src/dashboard/access/login-routes.ts';
import { LoginSessions } from '../../src/dashboard/access/login-session.ts';
import { HOST, LOGIN, openDashboard, type TestDashboard } from '../support/dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const BROWSER = { host: HOST, accept: 'text/html,*/*' };
const FROM_US = { ...BROWSER, origin: `http://${HOST}`, 'sec-fetch-site': 'same-origin' };
const FORM = { 'content-type': 'application/x-www-form-urlencoded' };

const logIn = ({ app }: Pick<TestDashboard, 'app'>, fields: Record<string, string>, headers = {}) =>
  app.inject({
    ...{ method: 'POST', url: '/login', remoteAddress: '192.0.2.7' },
    headers: { ...FROM_US, ...FORM, ...headers },
    payload: new URLSearchParams({ ...LOGIN, ...fields }).toString(),
  });
const cookieOf = ({ cookies }: Awaited<ReturnType<typeof logIn>>): string =>
  cookies.map(({ name, value }) => `${name}=${value}`).join('; ');

describe('the page that asks for the login', () => {
  test('is shown to a browser, which then asks nothing on its own', async () => {
    const { app } = await openDashboard(redis.client);
    const { statusCode, headers, body } = await app.inject({
      url: '/batches/x?q=1',
      headers: BROWSER,
    });
    expect([statusCode, headers['www-authenticate']]).toEqual([401, undefined]);
    expect(body).toContain('name="next" value="/batches/x?q=1"');
    expect(body).toContain('type="password"');
    expect(headers['content-security-policy']).toContain("form-action 'self'");
    expect(body).not.toContain('spring');
  });

  test('leads to the page that was wanted, and the browser stays logged in', async () => {
    const dashboard = await openDashboard(redis.client);
    const { app } = dashboard;
    const answer = await logIn(dashboard, { next: '/batches/spring' });
    expect([answer.statusCode, answer.headers['location']]).toEqual([303, '/batches/spring']);
    const session = answer.cookies.find(({ name }) => name === 'ferry-session');
    expect(session).toMatchObject({ httpOnly: true, sameSite: 'Lax', path: '/' });
    const cookie = cookieOf(answer);
    const { statusCode, body } = await app.inject({ url: '/', headers: { ...BROWSER, cookie } });
    expect(statusCode).toBe(200);
    expect(body).toContain('Log out');
    const out = await app.inject({
      method: 'POST',
      url: '/logout',
      headers: { ...FROM_US, cookie },
    });
    expect(out.cookies[0]).toMatchObject({ name: 'ferry-session', value: '', maxAge: 0 });
  });

  test('says that user or password is wrong, and never which', async () => {
    const dashboard = await openDashboard(redis.client);
    for (const wrong of [
      { user: 'ada' },
      { password: 'guess-guess-guess' },
      { user: '', password: '' },
    ]) {
      const { statusCode, body, cookies } = await logIn(dashboard, wrong);
      expect(statusCode).toBe(401);
      expect(body).toContain('User or password is wrong.');
      expect(cookies).toEqual([]);
    }
    expect(JSON.stringify(dashboard.logged)).not.toContain('guess-guess');
  });

  test('counts wrong guesses together with those of the other login', async () => {
    const dashboard = await openDashboard(redis.client);
    for (let guess = 0; guess < 10; guess += 1) await logIn(dashboard, { password: 'x' });
    const right = await logIn(dashboard, {});
    expect([right.statusCode, right.headers['retry-after']]).toEqual([429, expect.any(String)]);
    expect(right.cookies).toEqual([]);
  });

  test('takes nothing from another site', async () => {
    const dashboard = await openDashboard(redis.client);
    for (const from of [
      { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
      { origin: 'null', 'sec-fetch-site': 'same-origin' },
    ]) {
      const { statusCode, cookies } = await logIn(dashboard, {}, from);
      expect([statusCode, cookies]).toEqual([403, []]);
    }
  });

  test('is not there where there is no login', async () => {
    const { app } = await openDashboard(redis.client, { config: { hosts: [] } });
    expect((await logIn({ app }, {})).statusCode).toBe(403);
  });

  test('over TLS gives a cookie that is for TLS only', async () => {
    const config = { hosts: ['ferry.example'], login: LOGIN, basePath: '/ferry' };
    const dashboard = await openDashboard(redis.client, { config });
    const from = { host: 'ferry.example', origin: 'https://ferry.example' };
    const answer = await logIn(dashboard, { next: '/batches/spring' }, from);
    expect(answer.headers['location']).toBe('/ferry/batches/spring');
    const session = answer.cookies.find(({ name }) => name === 'ferry-session');
    expect(session).toMatchObject({ secure: true, path: '/ferry/' });
  });
});

describe('the address to open next', () => {
  test.each(['/', '/batches/a%20b?q=%2F', '/queues/queue/image-poll?status=failed'])(
    '%s is one of ours',
    (address) => {
      expect(localPath(address)).toBe(address);
    },
  );

  test.each([
    ...['', 'https://evil.example/', '//evil.example', '/\\evil.example', '/\t/evil.example'],
    ...['/.//evil.example/', '/x/..//evil.example', '/%2e//evil.example', '/./\\evil.example'],
    ...['javascript:alert(1)', 'batches', '/login', '/ /x', '/\r\nset-cookie: x=y'],
  ])('%j is not, and becomes the first page', (address) => {
    expect(localPath(address)).toBe('/');
  });
});

describe('a session', () => {
  const at = (now: number) => ({ now: () => now });
  const cookieAt = (now: number): string =>
    new LoginSessions(LOGIN, at(now)).cookie(false).split(';')[0] ?? '';
  const NOW = 1_800_000_000_000;

  test('ends after twelve hours, and holds on every dashboard with the same login', () => {
    const cookie = cookieAt(NOW);
    const userAfter = (ms: number) => new LoginSessions(LOGIN, at(NOW + ms)).userOf(cookie);
    expect(userAfter(12 * 3_600_000 - 1000)).toBe('ops');
    expect(userAfter(12 * 3_600_000)).toBeUndefined();
  });

  test('ends when user or password is changed', () => {
    const cookie = cookieAt(NOW);
    for (const other of [{ user: 'ada' }, { password: 'another-password' }]) {
      expect(new LoginSessions({ ...LOGIN, ...other }, at(NOW)).userOf(cookie)).toBeUndefined();
    }
  });

  test('cannot be made up or extended', () => {
    const sessions = new LoginSessions(LOGIN, at(NOW));
    const [, until = '', mac = ''] = /=(\d+)\.(.+)/.exec(cookieAt(NOW)) ?? [];
    for (const value of [
      `${Number(until) + 1}.${mac}`,
      `${until}.${'A'.repeat(43)}`,
      `${until}.`,
      until,
      '',
    ]) {
      expect(sessions.userOf(`ferry-session=${value}`), value).toBeUndefined();
    }
    expect(sessions.userOf(undefined)).toBeUndefined();
  });
});
