import { describe, expect, test } from 'vitest';
import { ASSETS } from '../../src/dashboard/pages/page-frame.ts';
import { RedisError } from '../../src/shared/errors/errors.ts';
import { BatchStore } from '../../src/shared/ledger/batch-store.ts';
import { BASIC, HOST, openDashboard } from '../support/dashboard.ts';
import { KEYS } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const OPEN = { config: { hosts: [] } };
const EVIL = '<img src=x onerror=alert(1)>';

describe('the dashboard', () => {
  test('shows every batch, its images, its report, and both queues', async () => {
    const { look } = await openDashboard(redis.client);
    const first = await look('/');
    expect(first.statusCode).toBe(200);
    expect(first.body).toContain('<a href="/batches/spring"><bdi>spring</bdi></a>');
    expect(first.body).toContain('0 of 3 imported · 0 %');
    const batch = await look('/batches/spring');
    expect(batch.body).toContain('3 images, 1 to 3 here');
    expect(batch.body).toContain('image-2');
    expect((await look('/reports/spring')).body).toContain('image-1');
    expect((await look('/queues/')).statusCode).toBe(200);
    const { body } = await look('/queues/api/queues');
    expect(body).toContain('image-submit');
    expect(body).toContain('image-poll');
  });

  test('shows a page of images, and finds by name, state and code', async () => {
    const { look, members, ledger } = await openDashboard(redis.client, { count: 120 });
    await ledger.change(members[7] ?? '', { type: 'cancel' }, { now: 1, due: 1 });
    const second = (await look('/batches/spring?page=2')).body;
    expect(second).toContain('120 images, 51 to 100 here');
    expect(second).not.toContain('>image-50<');
    expect(second).toContain('>image-51<');
    const found = (await look('/batches/spring?q=image-11')).body;
    expect(found).toContain('11 of 120 images');
    const cancelled = (await look('/batches/spring?state=cancelled')).body;
    expect(cancelled).toContain('1 of 120 images');
    expect(cancelled).toContain('>image-8<');
    const none = (await look('/batches/spring?q=nothing-like-that')).body;
    expect(none).toContain('No image matches.');
  });

  test('shows one image with everything that was requested', async () => {
    const { look, members } = await openDashboard(redis.client);
    const { body } = await look(`/batches/spring/images/${members[0]}`);
    expect(body).toContain('>image-1<');
    expect(body).toContain('image_url');
    expect((await look(`/batches/summer/images/${members[0]}`)).statusCode).toBe(404);
    expect((await look('/batches/spring/images/nobody')).statusCode).toBe(404);
  });

  test('says when there is no batch yet', async () => {
    const { look } = await openDashboard(redis.client, { count: 0 });
    const { body } = await look('/');
    expect(body).toContain('There is no batch yet');
  });

  test('cannot be framed, loads nothing from elsewhere, and runs no script in a page', async () => {
    const { look } = await openDashboard(redis.client);
    for (const url of ['/', '/batches/spring', '/batches/spring/pause', '/queues/', '/nothing']) {
      const { headers, body } = await look(url);
      const policy = String(headers['content-security-policy']);
      expect(policy, url).toContain("frame-ancestors 'none'");
      expect(policy, url).toContain("default-src 'none'");
      expect(policy, url).toMatch(/script-src 'self'(;|$)/);
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['x-frame-options']).toBe('DENY');
      expect(headers['access-control-allow-origin']).toBeUndefined();
      if (!url.startsWith('/queues'))
        expect(body, url).not.toMatch(/<script(?! src="\/assets)| on\w+=/);
    }
    const report = await look('/reports/spring');
    expect(report.headers['content-security-policy']).toContain("frame-ancestors 'none'");
  });

  test('shows names as text, and reports what does not exist without a stack', async () => {
    const { look } = await openDashboard(redis.client, { batch: EVIL });
    const path = `/batches/${encodeURIComponent(EVIL)}`;
    for (const url of ['/', path, `${path}/pause`, `${path}?q=${encodeURIComponent(EVIL)}`]) {
      const { body } = await look(url);
      expect(body, url).not.toContain('<img');
      expect(body, url).toContain('&lt;img src=x onerror=alert(1)&gt;');
    }
    const missing = await look('/reports/nobody');
    expect(missing.statusCode).toBe(404);
    expect(missing.body).toContain('Not found');
    for (const url of ['/reports/%', '/batches/%E0%A4%A', '/batches/__proto__']) {
      const { body, statusCode } = await look(url);
      expect(statusCode, url).toBeGreaterThanOrEqual(400);
      expect(body).not.toMatch(/\bat .*\.ts|node_modules/);
    }
  });

  test('says what is wrong when Redis does not answer, or refuses', async () => {
    for (const [error, status, text] of [
      [new RedisError('Redis is away.', 'Wait for it.'), 503, 'Redis is away. Wait for it.'],
      [new Error('OOM secret-of-redis'), 500, 'Something went wrong'],
    ] as const) {
      const broken = new BatchStore(redis.client, KEYS);
      broken.summary = () => Promise.reject(error);
      const { look, press, logged } = await openDashboard(redis.client, { batches: broken });
      for (const answer of [await look('/batches/spring'), await press('/batches/spring/pause')]) {
        expect(answer.statusCode).toBe(status);
        expect(answer.headers['content-type']).toContain('text/html');
        expect(answer.body).toContain(text);
        expect(answer.body).not.toContain('secret-of-redis');
      }
      expect(JSON.stringify(logged)).toContain('dashboard: page failed');
    }
  });

  test('keeps its style and its script in the browser, and nothing else', async () => {
    const { look } = await openDashboard(redis.client);
    for (const path of ASSETS.keys()) {
      expect((await look(path)).headers['cache-control'], path).toContain('public');
    }
    expect((await look('/')).headers['cache-control']).toBe('no-store');
  });
});

describe('who is let in', () => {
  const paths = ['/', '/queues/', '/queues/api/queues', '/reports/spring', '/batches/spring'];

  test('nobody under a foreign name', async () => {
    const { app } = await openDashboard(redis.client, OPEN);
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil']) {
      for (const url of paths) {
        const { statusCode, body } = await app.inject({ url, headers: { host } });
        expect(statusCode, `${host} ${url}`).toBe(403);
        expect(body).not.toContain('spring');
      }
    }
  });

  test('nobody without the login, where there is one', async () => {
    const { app, logged } = await openDashboard(redis.client);
    for (const url of [...paths, '/live', '/batches/spring/live']) {
      const { statusCode, headers, body } = await app.inject({ url, headers: { host: HOST } });
      expect(statusCode, url).toBe(401);
      expect(headers['www-authenticate']).toContain('Basic');
      expect(body).not.toContain('spring');
    }
    expect(JSON.stringify(logged)).not.toContain('correct-horse');
  });

  test('who a proxy names, and only where the proxy is', async () => {
    const proxy = { header: 'x-user', from: ['10.0.0.0/8'] };
    const { app, logged } = await openDashboard(redis.client, { config: { hosts: [], proxy } });
    const ask = (remoteAddress: string, url: string, method: 'GET' | 'POST' = 'GET') =>
      app.inject({
        method,
        url,
        remoteAddress,
        headers: { host: HOST, 'x-user': 'ada', origin: `http://${HOST}` },
      });
    for (const from of ['127.0.0.1', '11.0.0.1', '::1']) {
      const { statusCode, body } = await ask(from, '/batches/spring');
      expect(statusCode, from).toBe(403);
      expect(body).not.toContain('spring');
    }
    expect((await ask('10.1.2.3', '/batches/spring')).body).toContain('<bdi>ada</bdi>');
    await ask('10.1.2.3', '/batches/spring/pause', 'POST');
    expect(logged).toContainEqual(expect.objectContaining({ user: 'ada', action: 'pause' }));
  });

  test('without a login nothing changes, whatever is asked of it', async () => {
    const { app, batches } = await openDashboard(redis.client, OPEN);
    const urls = ['/', '/batches/spring/pause', '/queues/api/queues/image-submit/empty'];
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      for (const url of urls) {
        const headers = { host: HOST, origin: `http://${HOST}`, authorization: BASIC };
        const { statusCode } = await app.inject({ method, url, headers });
        expect(statusCode, `${method} ${url}`).toBe(403);
      }
    }
    expect((await batches.summary('spring'))?.isPaused).toBe(false);
  });

  test('a write of another site changes nothing, with the right login too', async () => {
    const { app, batches } = await openDashboard(redis.client);
    for (const from of [
      { origin: 'https://evil.example' },
      { origin: 'null' },
      { origin: `http://${HOST}`, 'sec-fetch-site': 'cross-site' },
      {},
    ]) {
      const { statusCode } = await app.inject({
        method: 'POST',
        url: '/batches/spring/pause',
        headers: {
          ...from,
          host: HOST,
          authorization: BASIC,
          'content-type': 'application/x-www-form-urlencoded',
        },
      });
      expect(statusCode, JSON.stringify(from)).toBe(403);
    }
    expect((await batches.summary('spring'))?.isPaused).toBe(false);
  });
});
