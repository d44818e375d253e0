import { describe, expect, test } from 'vitest';
import { openDashboard } from '../support/dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const ODD = 'Frühling "2026"\r\n; x=y';

describe('downloads of a batch', () => {
  test.each([
    ['csv', 'text/csv', /^batch,name,/],
    ['json', 'application/json', /"batch":"spring"/],
    ['html', 'text/html', /<!doctype html>/],
  ])('as %s are files with all images', async (format, type, content) => {
    // More than a report that is made in the main thread has.
    const { look } = await openDashboard(redis.client, { count: 1100 });
    const { statusCode, headers, body } = await look(`/reports/spring/${format}`);
    expect(statusCode).toBe(200);
    expect(headers['content-type']).toContain(type);
    expect(headers['content-disposition']).toContain(`filename="spring.${format}"`);
    expect(body).toMatch(content);
    expect(body).toContain('image-1100');
  });

  test('are linked from its page', async () => {
    const { look } = await openDashboard(redis.client);
    const { body } = await look('/batches/spring');
    for (const format of ['csv', 'json']) {
      expect(body).toContain(`href="/reports/spring/${format}" download`);
    }
  });

  test('keep an odd name, and no header is injected by it', async () => {
    const { look } = await openDashboard(redis.client, { batch: ODD });
    const { headers, statusCode } = await look(`/reports/${encodeURIComponent(ODD)}/csv`);
    expect(statusCode).toBe(200);
    const exact = encodeURIComponent(`${ODD}.csv`);
    expect(headers['content-disposition']).toBe(
      `attachment; filename="Fr_hling__2026_____x_y.csv"; filename*=UTF-8''${exact}`,
    );
  });

  test('of a batch that does not exist are not found', async () => {
    const { look } = await openDashboard(redis.client);
    for (const path of ['/reports/nobody/csv', '/reports/spring/xml']) {
      expect((await look(path)).statusCode, path).toBe(404);
    }
  });
});

test('a report that is opened from a page leads back to it, one that is kept does not', async () => {
  for (const count of [3, 1100]) {
    await redis.client.flushall();
    const { look } = await openDashboard(redis.client, { count });
    const back = '<a class="button" href="/batches/spring">← Back to the batch</a>';
    expect((await look('/reports/spring')).body).toContain(
      `<header><p class="controls">${back}</p>`,
    );
    expect((await look('/reports/spring/html')).body).not.toContain('/batches/');
  }
});
