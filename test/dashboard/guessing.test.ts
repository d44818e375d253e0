import fc from 'fast-check';
import type { FastifyInstance } from 'fastify';
import { describe, expect, test } from 'vitest';
import { addressMatcher, clientOf } from '../../src/dashboard/access/client.ts';
import { KnownDevices } from '../../src/dashboard/access/login.ts';
import { BASIC, HOST, LOGIN, openDashboard } from '../support/dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const isProxy = addressMatcher(['10.0.0.7', '10.0.0.8', '2001:db8:f::/48']);

describe('the address that asks', () => {
  test.each([
    { what: 'no proxy', peer: '192.0.2.1', header: undefined, is: '192.0.2.1' },
    {
      what: 'no proxy, and a forged header',
      peer: '192.0.2.1',
      header: '198.51.100.9',
      is: '192.0.2.1',
    },
    { what: 'one proxy', peer: '10.0.0.7', header: '192.0.2.1', is: '192.0.2.1' },
    {
      what: 'a forged entry on the left',
      peer: '10.0.0.7',
      header: '198.51.100.9, 192.0.2.1',
      is: '192.0.2.1',
    },
    {
      what: 'a forged proxy on the left',
      peer: '10.0.0.7',
      header: '10.0.0.8, 192.0.2.1',
      is: '192.0.2.1',
    },
    { what: 'two proxies', peer: '10.0.0.7', header: '192.0.2.1, 10.0.0.8', is: '192.0.2.1' },
    {
      what: 'two proxies, and a forgery',
      peer: '10.0.0.7',
      header: '9.9.9.9, 192.0.2.1,10.0.0.8',
      is: '192.0.2.1',
    },
    { what: 'a proxy that asks for itself', peer: '10.0.0.7', header: '10.0.0.8', is: '10.0.0.8' },
    {
      what: 'proxies only, one of them forged',
      peer: '10.0.0.7',
      header: '10.0.0.7, 10.0.0.8',
      is: '10.0.0.8',
    },
    { what: 'a proxy that names nobody', peer: '10.0.0.7', header: undefined, is: '10.0.0.7' },
    {
      what: 'a proxy that hides its client',
      peer: '10.0.0.7',
      header: '192.0.2.1, unknown',
      is: '10.0.0.7',
    },
    { what: 'a gap', peer: '10.0.0.7', header: '192.0.2.1,,10.0.0.8', is: '10.0.0.8' },
    { what: 'a port', peer: '10.0.0.7', header: '192.0.2.1:4711', is: '192.0.2.1' },
    { what: 'IPv6', peer: '2001:db8:f::1', header: '2001:DB8:0:0::1', is: '2001:db8::1' },
    { what: 'IPv6 and a port', peer: '10.0.0.7', header: '[2001:db8::1]:4711', is: '2001:db8::1' },
    { what: 'IPv4 in IPv6', peer: '::ffff:10.0.0.7', header: '::FFFF:192.0.2.1', is: '192.0.2.1' },
    {
      what: 'IPv4 in IPv6, in another spelling',
      peer: '10.0.0.7',
      header: '0:0:0:0:0:ffff:c000:201',
      is: '192.0.2.1',
    },
    { what: 'nonsense', peer: '10.0.0.7', header: 'for=192.0.2.1', is: '10.0.0.7' },
  ])('$what', ({ peer, header, is }) => {
    expect(clientOf(peer, header, isProxy)).toBe(is);
  });

  test('is the one that our proxy has seen, whatever is written before it', () => {
    fc.assert(
      fc.property(fc.string(), (forged) => {
        expect(clientOf('10.0.0.7', `${forged}, 192.0.2.1`, isProxy)).toBe('192.0.2.1');
        expect(clientOf('192.0.2.1', forged, isProxy)).toBe('192.0.2.1');
      }),
    );
  });
});

const basic = (password: string): string =>
  `Basic ${Buffer.from(`${LOGIN.user}:${password}`).toString('base64')}`;

interface From {
  readonly peer?: string;
  readonly forwarded?: string;
  readonly authorization?: string;
  readonly cookie?: string;
}

async function ask(app: FastifyInstance, from: From) {
  const { peer = '10.0.0.7', forwarded, authorization, cookie } = from;
  const headers = {
    host: HOST,
    ...(forwarded === undefined ? {} : { 'x-forwarded-for': forwarded }),
    ...(authorization === undefined ? {} : { authorization }),
    ...(cookie === undefined ? {} : { cookie }),
  };
  return app.inject({ url: '/nothing', remoteAddress: peer, headers });
}

/** Ten wrong logins, each another password. */
async function guess(app: FastifyInstance, from: From): Promise<void> {
  for (let nth = 0; nth < 10; nth += 1) {
    const { statusCode } = await ask(app, { authorization: basic(`guess-${nth}`), ...from });
    expect(statusCode).toBe(401);
  }
}

async function dashboardBehind(from?: readonly string[]) {
  const proxy = from === undefined ? {} : { proxy: { from } };
  return openDashboard(redis.client, { config: { hosts: [], login: LOGIN, ...proxy } });
}

const LET_IN = new Set([200, 404]);
const right = (from: From): From => ({ ...from, authorization: BASIC });

describe('ten wrong logins behind a proxy that is named', () => {
  test('lock out who made them, and nobody else', async () => {
    const { app } = await dashboardBehind(['10.0.0.7']);
    await guess(app, { forwarded: '192.0.2.66' });
    const locked = await ask(app, right({ forwarded: '192.0.2.66' }));
    expect(locked.statusCode).toBe(429);
    const other = await ask(app, right({ forwarded: '192.0.2.1' }));
    expect(LET_IN).toContain(other.statusCode);
    const wrong = await ask(app, { forwarded: '192.0.2.1', authorization: basic('typo') });
    expect(wrong.statusCode).toBe(401);
  });

  test('are counted whatever the guesser writes into the header', async () => {
    const { app } = await dashboardBehind(['10.0.0.7']);
    for (let nth = 0; nth < 10; nth += 1) {
      const forwarded = `203.0.113.${nth}, 192.0.2.66`;
      await ask(app, { forwarded, authorization: basic(`guess-${nth}`) });
    }
    const forwarded = '203.0.113.99, 192.0.2.66';
    expect((await ask(app, right({ forwarded }))).statusCode).toBe(429);
  });

  test('reveal nothing while they wait: a right guess looks like a wrong one', async () => {
    const { app } = await dashboardBehind(['10.0.0.7']);
    await guess(app, { forwarded: '192.0.2.66' });
    const [good, bad] = await Promise.all([
      ask(app, right({ forwarded: '192.0.2.66' })),
      ask(app, { forwarded: '192.0.2.66', authorization: basic('x') }),
    ]);
    expect(good.statusCode).toBe(bad.statusCode);
    expect(good.body).toBe(bad.body);
    expect(Object.keys(good.headers)).toEqual(Object.keys(bad.headers));
  });
});

describe('a header of somebody who is no proxy', () => {
  test('counts for nothing: it neither evades the limit nor locks out others', async () => {
    const { app } = await dashboardBehind(['10.0.0.7']);
    for (let nth = 0; nth < 10; nth += 1) {
      const forwarded = `203.0.113.${nth}`;
      await ask(app, { peer: '192.0.2.66', forwarded, authorization: basic(`guess-${nth}`) });
    }
    const again = await ask(app, right({ peer: '192.0.2.66', forwarded: '203.0.113.99' }));
    expect(again.statusCode).toBe(429);
    const victim = await ask(app, right({ forwarded: '203.0.113.1' }));
    expect(LET_IN).toContain(victim.statusCode);
  });

  test('is logged once, as a proxy may be missing in the settings', async () => {
    const { app, logged } = await dashboardBehind();
    for (const forwarded of ['192.0.2.1', '192.0.2.2']) await ask(app, right({ forwarded }));
    const warned = logged.filter(({ msg }) => msg === 'dashboard: unknown proxy');
    expect(warned).toHaveLength(1);
    expect(JSON.stringify(warned)).toContain('IMS_FERRY_DASHBOARD_PROXIES');
  });
});

describe('one address for many', () => {
  const cookieOf = (answer: { readonly headers: object }): string =>
    String((answer.headers as Record<string, unknown>)['set-cookie']).split(';')[0] ?? '';

  test('a browser that has logged in before is not locked out by what others guess', async () => {
    const { app } = await dashboardBehind();
    const cookie = cookieOf(await ask(app, right({})));
    await guess(app, {});
    expect((await ask(app, right({}))).statusCode).toBe(429);
    expect(LET_IN).toContain((await ask(app, right({ cookie }))).statusCode);
    expect((await ask(app, { cookie })).statusCode).toBe(401);
  });

  test('it has a limit of its own', async () => {
    const { app } = await dashboardBehind();
    const cookie = cookieOf(await ask(app, right({})));
    await guess(app, { cookie });
    expect((await ask(app, right({ cookie }))).statusCode).toBe(429);
    expect(LET_IN).toContain((await ask(app, right({}))).statusCode);
  });

  test('a correct login from it does not reset the count of others', async () => {
    const { app } = await dashboardBehind();
    for (let nth = 0; nth < 10; nth += 1) {
      await ask(app, { authorization: basic(`guess-${nth}`) });
      if (nth < 9) await ask(app, right({}));
    }
    expect((await ask(app, { authorization: basic('one more') })).statusCode).toBe(429);
  });

  test('a cookie is made by this process only, and is given for a right login only', async () => {
    const devices = new KnownDevices();
    const [given = ''] = devices.cookie().split(';');
    expect(devices.read(`a=b; ${given}; c=d`)).toBeDefined();
    for (const other of [undefined, '', given.slice(0, -1), `${given}x`, `x${given}`]) {
      expect(devices.read(other)).toBeUndefined();
    }
    expect(new KnownDevices().read(given)).toBeUndefined();
    const { app } = await dashboardBehind();
    expect((await ask(app, { authorization: basic('x') })).headers).not.toHaveProperty(
      'set-cookie',
    );
    expect((await ask(app, {})).headers).not.toHaveProperty('set-cookie');
    expect((await ask(app, right({ cookie: given }))).headers).toHaveProperty('set-cookie');
  });
});

test('what is refused is logged without the password that was tried', async () => {
  const { app, logged } = await dashboardBehind();
  await ask(app, { authorization: basic('canary-guess') });
  const refused = logged.filter(({ msg }) => msg === 'dashboard: request refused');
  expect(refused).toHaveLength(1);
  expect(JSON.stringify(refused)).not.toContain(basic('canary-guess').slice(6));
});
