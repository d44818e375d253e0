import { describe, expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { needing } from '../support/programs.ts';
import { serveDashboard } from '../support/seeded-dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

describe('in a browser', needing('chromium'), () => {
  const { openLoggedIn } = useBrowser();

  test('every page opens, and the browser has nothing to complain about', async () => {
    const { url, members } = await serveDashboard(redis.client);
    const paths = ['/', '/batches/spring', `/batches/spring/images/${members[2]}`];
    for (const path of [...paths, '/batches/spring/retry', '/reports/spring', '/queues/']) {
      const { page, context, complaints } = await openLoggedIn(`${url}${path}`);
      await page.waitForLoadState('load');
      expect((await page.textContent('body'))?.length, path).toBeGreaterThan(20);
      expect(complaints, path).toEqual([]);
      await context.close();
    }
  });
});
