import type { FastifyInstance } from 'fastify';
import { describe, expect, onTestFinished, test } from 'vitest';
import { createDashboard } from '../../src/dashboard/start-dashboard.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const HOST = { host: '127.0.0.1:9300' };

async function dashboard(batch = 'spring'): Promise<FastifyInstance> {
  const parts = await registered(redis.client, 3, batch);
  const queues = new Queues(redis.client, 'test', () => undefined);
  const app = await createDashboard({ ...parts, queues, clock: systemClock });
  onTestFinished(async () => {
    await app.close();
    await queues.close();
  });
  return app;
}

describe('the dashboard', () => {
  test('shows every batch, its report, and both queues', async () => {
    const app = await dashboard();
    const first = await app.inject({ url: '/', headers: HOST });
    expect(first.statusCode).toBe(200);
    expect(first.body).toContain('<h2>spring</h2>');
    expect(first.body).toContain('3 images: 3 pending');
    const report = await app.inject({ url: '/reports/spring', headers: HOST });
    expect(report.statusCode).toBe(200);
    expect(report.body).toContain('image-1');
    const board = await app.inject({ url: '/queues/', headers: HOST });
    expect(board.statusCode).toBe(200);
    const queues = await app.inject({ url: '/queues/api/queues', headers: HOST });
    expect(queues.body).toContain('image-submit');
    expect(queues.body).toContain('image-poll');
  });

  test('answers nothing under a foreign name', async () => {
    const app = await dashboard();
    for (const host of ['evil.example', '127.0.0.1.evil.example', 'localhost.evil']) {
      for (const url of ['/', '/queues/', '/queues/api/queues', '/reports/spring']) {
        const { statusCode, body } = await app.inject({ url, headers: { host } });
        expect(statusCode, `${host} ${url}`).toBe(403);
        expect(body).not.toContain('spring');
      }
    }
  });

  test('changes nothing, whatever is asked of it', async () => {
    const app = await dashboard();
    for (const method of ['POST', 'PUT', 'PATCH', 'DELETE'] as const) {
      for (const url of ['/', '/queues/api/queues/image-submit/empty', '/reports/spring']) {
        const { statusCode } = await app.inject({ method, url, headers: HOST });
        expect(statusCode, `${method} ${url}`).toBe(405);
      }
    }
  });

  test('may be put into no frame and loads nothing from elsewhere', async () => {
    const app = await dashboard();
    for (const url of ['/', '/queues/', '/reports/spring', '/nothing']) {
      const { headers } = await app.inject({ url, headers: HOST });
      expect(headers['content-security-policy'], url).toContain("frame-ancestors 'none'");
      expect(headers['x-content-type-options']).toBe('nosniff');
      expect(headers['access-control-allow-origin']).toBeUndefined();
    }
  });

  test('shows names as text, and tells what is not there without a stack', async () => {
    const app = await dashboard('<img src=x onerror=alert(1)>');
    const { body } = await app.inject({ url: '/', headers: HOST });
    expect(body).not.toContain('<img');
    expect(body).toContain('&lt;img src=x onerror=alert(1)&gt;');
    const missing = await app.inject({ url: '/reports/nobody', headers: HOST });
    expect(missing.statusCode).toBe(404);
    expect(missing.body).toContain('No such batch');
    const broken = await app.inject({ url: '/reports/%', headers: HOST });
    expect(broken.body).not.toMatch(/\bat .*\.ts|node_modules/);
  });
});
