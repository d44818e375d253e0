import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { addressMatcher, headerUser } from '../../src/dashboard/access/client.ts';
import {
  type AccessRequest,
  decideAccess,
  isOurHost,
} from '../../src/dashboard/access/decide-access.ts';
import { GuessLimit } from '../../src/dashboard/access/login.ts';
import { ASSETS } from '../../src/dashboard/pages/page-frame.ts';
import { refuseOpen } from '../../src/dashboard/start-dashboard.ts';
import {
  type DashboardConfig,
  loadDashboardConfig,
} from '../../src/shared/config/dashboard-config.ts';
import { BASIC, HOST, LOGIN } from '../support/dashboard.ts';

const ASKING: AccessRequest = {
  method: 'GET',
  path: '/',
  client: '127.0.0.1',
  device: undefined,
  host: HOST,
  origin: undefined,
  fetchSite: undefined,
  authorization: undefined,
  proxyUser: undefined,
  sessionUser: undefined,
};
const OPEN: DashboardConfig = { hosts: [] };
const LOCKED: DashboardConfig = { hosts: ['ferry.example.com'], login: LOGIN };
const WRITE = { method: 'POST', origin: `http://${HOST}`, fetchSite: 'same-origin' } as const;

function clock() {
  let now = 0;
  const pass = (ms: number): void => {
    now += ms;
  };
  return { monotonic: () => now, pass };
}

function ask(
  config: DashboardConfig,
  asking: Partial<AccessRequest>,
  guesses = new GuessLimit(clock()),
) {
  const access = decideAccess({ ...ASKING, ...asking }, { config, guesses });
  return access.kind === 'let-in' ? access.user : access.status;
}

describe('without a login', () => {
  test('this machine may look, and nobody may change anything', () => {
    expect(ask(OPEN, {})).toBe('this machine');
    expect(ask(OPEN, { ...WRITE })).toBe(403);
    expect(ask(OPEN, { ...WRITE, authorization: BASIC })).toBe(403);
  });

  test('it listens to this machine only', () => {
    for (const host of ['127.0.0.1', '127.0.0.9', '::1', 'localhost']) refuseOpen(OPEN, host);
    for (const host of ['0.0.0.0', '::', '10.0.0.7', 'ferry.example.com']) {
      expect(() => refuseOpen(OPEN, host), host).toThrow('Without a login');
      refuseOpen(LOCKED, host);
    }
  });
});

describe('with a login', () => {
  test('nobody gets anything without it, except the health checks and the style', () => {
    for (const path of ['/', '/batches/x', '/queues/', '/metrics']) {
      expect(ask(LOCKED, { path }), path).toBe(401);
    }
    for (const path of ASSETS.keys()) expect(ask(LOCKED, { path }), path).toBe('this machine');
    for (const path of ['/assets/', '/assets/other.js', '/assets/../batches/x'])
      expect(ask(LOCKED, { path }), path).toBe(401);
    expect(ask(LOCKED, { path: '/healthz' })).toBe('this machine');
    expect(ask(LOCKED, { path: '/readyz' })).toBe('this machine');
    expect(ask(LOCKED, { path: '/readyz', method: 'POST' })).toBe(401);
  });

  test('the right user and password are let in, nearly right ones are not', () => {
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(ask(LOCKED, { authorization: BASIC })).toBe('ops');
    for (const text of [
      'ops',
      'ops:',
      ':correct-horse-battery',
      'ops:correct-horse-batter',
      'Ops:correct-horse-battery',
      'ops:correct-horse-battery ',
    ]) {
      expect(ask(LOCKED, { authorization: basic(text) }), text).toBe(401);
    }
    for (const authorization of ['', 'Bearer x', 'Basic', 'Basic !!!', `${BASIC},${BASIC}`]) {
      expect(ask(LOCKED, { authorization }), authorization).toBe(401);
    }
  });

  test('after ten wrong logins an address has to wait, even with the right one; others do not', () => {
    const time = clock();
    const guesses = new GuessLimit(time);
    const wrong = { authorization: 'Basic eDp5' };
    for (let guess = 0; guess < 10; guess += 1) expect(ask(LOCKED, wrong, guesses)).toBe(401);
    expect(ask(LOCKED, wrong, guesses)).toBe(429);
    expect(ask(LOCKED, { authorization: BASIC }, guesses)).toBe(429);
    expect(ask(LOCKED, { authorization: BASIC, client: '10.0.0.7' }, guesses)).toBe('ops');
    time.pass(5 * 60_000);
    expect(ask(LOCKED, { authorization: BASIC }, guesses)).toBe('ops');
  });

  test('a request without a login does not count as a guess', () => {
    const guesses = new GuessLimit(clock());
    for (let at = 0; at < 30; at += 1) ask(LOCKED, {}, guesses);
    expect(ask(LOCKED, { authorization: BASIC }, guesses)).toBe('ops');
  });

  test('a neighbour in the same IPv6 network is the same guesser', () => {
    const guesses = new GuessLimit(clock());
    const wrong = 'Basic eDp5';
    for (let at = 1; at <= 10; at += 1) {
      ask(LOCKED, { authorization: wrong, client: `2001:db8:1:2::${at}` }, guesses);
    }
    expect(ask(LOCKED, { authorization: BASIC, client: '2001:db8:1:2:ffff::9' }, guesses)).toBe(
      429,
    );
    expect(ask(LOCKED, { authorization: BASIC, client: '2001:db8:1:3::1' }, guesses)).toBe('ops');
  });
});

describe('a write', () => {
  const write = (more: Partial<AccessRequest>) =>
    ask(LOCKED, { ...WRITE, authorization: BASIC, ...more });

  test('from a page of ours is let in', () => {
    expect(write({})).toBe('ops');
    expect(write({ fetchSite: undefined })).toBe('ops');
    expect(write({ origin: undefined })).toBe('ops');
    expect(write({ origin: 'https://ferry.example.com' })).toBe('ops');
  });

  test('from anywhere else is refused, and from nowhere', () => {
    for (const fetchSite of ['cross-site', 'same-site', 'none', 'nonsense']) {
      expect(write({ fetchSite }), fetchSite).toBe(403);
    }
    for (const origin of [
      'https://evil.example',
      'null',
      'http://127.0.0.1:9301',
      'file://',
      'http://127.0.0.1.evil.example:9300',
      'x',
    ]) {
      expect(write({ origin }), origin).toBe(403);
      expect(write({ origin, fetchSite: undefined }), origin).toBe(403);
    }
    expect(write({ origin: undefined, fetchSite: undefined })).toBe(403);
  });
});

describe('a name in the Host header', () => {
  test('is ours when it is an address, this machine, or allowed', () => {
    for (const host of [
      HOST,
      'localhost',
      'LOCALHOST:80',
      '[::1]:9300',
      '10.1.2.3:9300',
      'Ferry.example.com:443',
    ]) {
      expect(isOurHost(host, ['ferry.example.com']), host).toBe(true);
    }
  });

  test('is not ours otherwise, whatever it looks like', () => {
    for (const host of [
      undefined,
      '',
      'evil.example',
      '127.0.0.1.evil.example',
      'localhost.evil',
      'xferry.example.com',
      '127.0.0.1@evil.example',
      '127.0.0.1:9300.evil.example',
      'ferry.example.com.',
    ]) {
      expect(isOurHost(host, ['ferry.example.com']), host).toBe(false);
    }
    expect(ask(OPEN, { host: 'evil.example', path: '/healthz' })).toBe(403);
    fc.assert(
      fc.property(fc.domain(), (name) => {
        expect(isOurHost(name, [])).toBe(false);
      }),
    );
  });
});

describe('a proxy in front', () => {
  const config: DashboardConfig = { hosts: [], proxy: { header: 'x-user', from: ['10.0.0.0/8'] } };

  test('names the user; without a name nobody is let in', () => {
    expect(ask(config, { proxyUser: 'ada' })).toBe('ada');
    expect(ask(config, { proxyUser: 'ada', ...WRITE })).toBe('ada');
    expect(ask(config, {})).toBe(403);
    expect(ask({ ...config, login: LOGIN }, { authorization: BASIC })).toBe('ops');
  });

  test('that names addresses only lets nobody in, and makes nothing open', () => {
    const named: DashboardConfig = { hosts: [], proxy: { from: ['10.0.0.0/8'] } };
    expect(ask({ ...named, login: LOGIN }, {})).toBe(401);
    expect(ask(named, { ...WRITE })).toBe(403);
    expect(() => refuseOpen(named, '0.0.0.0')).toThrow('Without a login');
  });

  test('is trusted by its address only', () => {
    const matches = addressMatcher(['10.0.0.0/8', '192.0.2.7', '2001:db8::/32']);
    for (const address of ['10.9.8.7', '::ffff:10.9.8.7', '192.0.2.7', '2001:db8::1']) {
      expect(matches(address), address).toBe(true);
    }
    for (const address of ['11.0.0.1', '192.0.2.8', '2001:db9::1', '', 'x', '::ffff:11.0.0.1']) {
      expect(matches(address), address).toBe(false);
    }
  });

  test('names a user in plain characters, once', () => {
    expect(headerUser('ada@example.com')).toBe('ada@example.com');
    for (const value of [undefined, '', ' ', 'a\nb', ['a', 'b'], 'x'.repeat(101), 'é']) {
      expect(headerUser(value)).toBeUndefined();
    }
  });
});

describe('settings of the dashboard', () => {
  test('none are needed', () => {
    expect(loadDashboardConfig({})).toEqual({ hosts: [] });
  });

  test('are read, and every problem is reported at once, without the password', () => {
    const good = {
      IMS_FERRY_DASHBOARD_USER: 'ops',
      IMS_FERRY_DASHBOARD_PASSWORD: LOGIN.password,
      IMS_FERRY_DASHBOARD_HOSTS: 'Ferry.example.com, ferry',
      IMS_FERRY_DASHBOARD_USER_HEADER: 'X-Forwarded-User',
      IMS_FERRY_DASHBOARD_PROXIES: '10.0.0.0/8,::1',
    };
    expect(loadDashboardConfig(good)).toEqual({
      login: LOGIN,
      hosts: ['ferry.example.com', 'ferry'],
      proxy: { header: 'x-forwarded-user', from: ['10.0.0.0/8', '::1'] },
    });
    const bad = {
      IMS_FERRY_DASHBOARD_USER: 'o:ps',
      IMS_FERRY_DASHBOARD_PASSWORD: 'secret7',
      IMS_FERRY_DASHBOARD_HOSTS: 'http://x',
      IMS_FERRY_DASHBOARD_USER_HEADER: 'Authorization',
      IMS_FERRY_DASHBOARD_PROXIES: '10.0.0.0/33',
    };
    const load = (): unknown => loadDashboardConfig(bad);
    for (const word of ['colon', '12 characters', 'HOSTS', 'USER_HEADER', 'PROXIES']) {
      expect(load).toThrow(word);
    }
    expect(load).not.toThrow('secret7');
    const proxies = { IMS_FERRY_DASHBOARD_PROXIES: '10.0.0.7' };
    expect(loadDashboardConfig(proxies)).toEqual({ hosts: [], proxy: { from: ['10.0.0.7'] } });
    const header = { IMS_FERRY_DASHBOARD_USER_HEADER: 'x-user' };
    expect(() => loadDashboardConfig(header)).toThrow('PROXIES is not set');
    for (const taken of ['cookie', 'X-Forwarded-For', 'host']) {
      const named = { ...proxies, IMS_FERRY_DASHBOARD_USER_HEADER: taken };
      expect(() => loadDashboardConfig(named)).toThrow('cannot be used');
    }
    const half = { IMS_FERRY_DASHBOARD_USER: 'ops' };
    expect(() => loadDashboardConfig(half)).toThrow('PASSWORD is not set');
  });
});
