import { describe, expect, test } from 'vitest';
import { startDashboard } from '../../src/dashboard/start-dashboard.ts';
import { loadDashboardConfig } from '../../src/shared/config/dashboard-config.ts';
import { BASIC, HOST, LOGIN, openDashboard } from '../support/dashboard.ts';
import { addHostile, EVIL } from '../support/seeded-dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const BASE = '/ferry';

const openBelow = (basePath = BASE) =>
  openDashboard(redis.client, { config: { hosts: [], login: LOGIN, basePath } });

/** Addresses in a page, from the root of the host. */
function addressesIn(html: string): readonly string[] {
  const found = html.matchAll(/ (?:href|src|action|data-live)="(\/[^"]*)"/g);
  return [...new Set([...found].map(([, address = '']) => address.replaceAll('&amp;', '&')))];
}

describe('a dashboard below a path', () => {
  test('leads nowhere else, from any of its pages, and everything it leads to is there', async () => {
    const { app, look } = await openBelow();
    const seen = new Set([`${BASE}/`]);
    for (const address of seen) {
      if (address.endsWith('/live') || address.includes('/live?')) continue;
      const { statusCode, body, headers } = await look(address);
      expect([address, statusCode]).toEqual([address, 200]);
      if (!String(headers['content-type']).startsWith('text/html')) continue;
      for (const next of addressesIn(body)) {
        expect(next).toMatch(/^\/ferry\//);
        seen.add(next);
      }
    }
    const pages = [...seen].join('\n');
    for (const part of ['/assets/page-', '/queues/', '/reports/spring', '/images/', '/live']) {
      expect(pages).toContain(part);
    }
    // The path without its slash, and a proxy that takes the path off.
    const bare = await app.inject({ url: BASE, headers: { host: HOST, authorization: BASIC } });
    expect([bare.statusCode, bare.headers.location]).toEqual([301, `${BASE}/`]);
    expect((await look('/')).body).toBe((await look(`${BASE}/`)).body);
    expect((await look('/ferryman/')).statusCode).toBe(404);
  });

  test('sends live parts, redirects, the cookie and errors with it', async () => {
    const { app, look, press } = await openBelow();
    const pressed = await press(`${BASE}/batches/spring/pause`);
    expect([pressed.statusCode, pressed.headers.location]).toEqual([303, `${BASE}/batches/spring`]);
    const first = await look(`${BASE}/`);
    expect(first.headers['set-cookie']).toContain('; Path=/ferry/; ');
    expect(addressesIn((await look(`${BASE}/none`)).body)).toContain(`${BASE}/`);
    const refused = await app.inject({ url: `${BASE}/`, headers: { host: HOST } });
    expect(refused.statusCode).toBe(401);
    for (const address of addressesIn(refused.body)) expect(address).toMatch(/^\/ferry\//);
    const url = await app.listen({ host: '127.0.0.1', port: 0 });
    const stream = await fetch(`${url}${BASE}/batches/spring/live`, {
      headers: { authorization: BASIC },
    });
    const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    while (!text.includes('event: page')) text += (await reader?.read())?.value ?? '';
    expect(text).toContain('/ferry/batches/spring/images/');
    await reader?.cancel();
  });

  test('lets in nobody more, and health answers with and without it', async () => {
    const { app } = await openBelow();
    const status = async (url: string, method: 'GET' | 'POST' = 'GET') =>
      (await app.inject({ method, url, headers: { host: HOST } })).statusCode;
    expect(await status(`${BASE}/healthz`)).toBe(200);
    expect(await status('/healthz')).toBe(200);
    for (const url of ['/', `${BASE}/`, `${BASE}/metrics`, `${BASE}/queues/`, `${BASE}//`]) {
      expect([url, await status(url)]).toEqual([url, 401]);
    }
    expect(await status(`${BASE}/batches/spring/pause`, 'POST')).toBe(401);
  });

  test('shows Bull Board with its files and links below it', async () => {
    const { look, queues, members } = await openBelow();
    await queues.addSubmits([
      { key: members[0] ?? '', name: 'image-1', attempt: 1, epoch: 0, queued: 0 },
    ]);
    const { body } = await look(`${BASE}/queues/`);
    expect(body).toContain('<base href="/ferry/queues/"');
    const [, script = ''] = /<script[^>]* src="([^"]+)"/.exec(body) ?? [];
    const path = new URL(script, 'http://x/ferry/queues/').pathname;
    expect((await look(path)).statusCode).toBe(200);
    expect(body).toContain('/ferry/assets/icon.svg');
    const jobs = await look(
      `${BASE}/queues/api/queues?activeQueue=image-submit&status=waiting&page=1&jobsPerPage=10`,
    );
    expect(jobs.body).toContain('/ferry/batches/spring?q=image-1');
  });

  test('changes no text that looks like an address', async () => {
    const dashboard = await openBelow();
    await addHostile(dashboard);
    const below = (await dashboard.look(`${BASE}/batches/${encodeURIComponent(EVIL)}`)).body;
    expect(below).not.toContain('src="/ferry/x');
    expect(below.replaceAll('="/ferry/', '="/')).not.toContain('/ferry');
  });
});

test.each([
  ['/ferry', '/ferry'],
  ['ferry/', '/ferry'],
  ['//tools//ferry/', '/tools/ferry'],
  ['/', undefined],
  ['', undefined],
])('the path %j is %j', (written, basePath) => {
  const config = loadDashboardConfig({ IMS_FERRY_DASHBOARD_BASE_PATH: written });
  expect(config.basePath).toBe(basePath);
});

test.each(['/a b', '/a?b', '/../x', '/"><script>', '/ü', 'https://x/ferry', '/a#b', '/%2e'])(
  'the path %j is refused',
  (written) => {
    expect(() => loadDashboardConfig({ IMS_FERRY_DASHBOARD_BASE_PATH: written })).toThrow(
      'IMS_FERRY_DASHBOARD_BASE_PATH is not a path such as /ferry',
    );
  },
);

test.each(['/queues', 'live/', '/batches/x', '/metrics'])(
  'the path %j is refused: it is a page of the dashboard',
  (written) => {
    expect(() => loadDashboardConfig({ IMS_FERRY_DASHBOARD_BASE_PATH: written })).toThrow(
      /pages of its own/,
    );
  },
);

test('no page of the dashboard is below another first word than those that are refused', async () => {
  const routes = (await openBelow()).app.printRoutes({ commonPrefix: false });
  const words = [...routes.matchAll(/^(?:├|└)── \/([a-z]*)/gm)].map(([, word = '']) => word);
  for (const word of new Set(words.filter((one) => one !== '' && `/${one}` !== BASE))) {
    expect(() => loadDashboardConfig({ IMS_FERRY_DASHBOARD_BASE_PATH: word })).toThrow();
  }
});

test('the address that is shown has the path', async () => {
  const dashboard = await openBelow('/tools/ferry');
  const config = { hosts: [], basePath: '/tools/ferry' };
  const deps = { ...dashboard, redis: redis.client, config } as never;
  const started = await startDashboard(deps, { host: '127.0.0.1', port: 0 });
  expect(new URL(started.url).pathname).toBe('/tools/ferry/');
  await started.close();
});
