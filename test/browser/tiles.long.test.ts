import { describe, expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { needing } from '../support/programs.ts';
import { serveDashboard } from '../support/seeded-dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

describe('the tiles of a batch', needing('chromium'), () => {
  const { openLoggedIn } = useBrowser();

  test.each([1280, 1024, 768, 390])(
    'have full rows at %s px, however many there are',
    async (width) => {
      const { url } = await serveDashboard(redis.client);
      const viewport = { width, height: 900 };
      const { page } = await openLoggedIn(`${url}/batches/spring`, { viewport });
      for (const count of [6, 7, 8, 9]) {
        const rows = await page.locator('.tiles').evaluate((tiles, wanted) => {
          const [first] = tiles.children;
          while (tiles.children.length > wanted) tiles.lastElementChild?.remove();
          while (first && tiles.children.length < wanted) tiles.append(first.cloneNode(true));
          const tops = [...tiles.children].map((tile) =>
            Math.round(tile.getBoundingClientRect().top),
          );
          return [...Map.groupBy(tops, (top) => top).values()].map((row) => row.length);
        }, count);
        const [first = 0, ...others] = rows;
        // An odd one comes first, where two fit into a row.
        const isHead = width === 390 && count % 2 === 1;
        expect(isHead ? first : Math.min(first, 2), `${count}: ${rows}`).toBe(isHead ? 1 : 2);
        expect(Math.min(...others, 9), `${count}: ${rows}`).toBeGreaterThan(1);
        const all = isHead ? others : rows;
        expect(Math.max(...all) - Math.min(...all), `${count}: ${rows}`).toBeLessThanOrEqual(1);
      }
    },
  );
});
