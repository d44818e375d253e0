import axe from 'axe-core';
import { describe, expect, test } from 'vitest';
import { BROWSER, useBrowser } from '../support/browser.ts';
import { serveDashboard } from '../support/seeded-dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const IS_WIDER = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
const redis = useRedis({ emptied: true });
const LOOKS = [
  { look: 'light', options: {} },
  { look: 'dark', options: { colorScheme: 'dark' } },
  { look: 'phone', options: { viewport: { width: 360, height: 740 } } },
] as const;

describe.skipIf(BROWSER === undefined)('in a browser (skipped where there is no Chromium)', () => {
  const { openLoggedIn } = useBrowser();

  test.each(LOOKS)('nobody is shut out: $look', async ({ options }) => {
    const { url, members, project } = await serveDashboard(redis.client);
    await project.stop({
      reason: 'quota',
      code: 'IMG.0015',
      message: 'The quota is used up',
      at: 1,
    });
    const paths = [
      '/',
      '/batches/spring',
      '/batches/spring?q=nothing',
      `/batches/spring/images/${members[2]}`,
      '/batches/spring/retry',
      '/batches/spring/resolve',
      '/nothing',
    ];
    for (const path of paths) {
      const { page } = await openLoggedIn(`${url}${path}`, options);
      await page.locator('main').waitFor();
      await page.evaluate(axe.source);
      const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
      const found = violations.map(({ id, nodes }) => `${id}: ${nodes[0]?.html}`);
      expect(found, path).toEqual([]);
      const isWider = await page.evaluate<boolean>(IS_WIDER);
      expect(isWider, `${path} is wider than its window`).toBe(false);
    }
  });

  test('the keyboard reaches the content first, then everything that can be pressed', async () => {
    const { url } = await serveDashboard(redis.client);
    const { page } = await openLoggedIn(`${url}/batches/spring`);
    const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('To the content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Pause…');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pause' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Paused: nothing more').waitFor();
  });
});
