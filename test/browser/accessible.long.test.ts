import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import { emptyState } from '../../src/dashboard/pages/empty-state.ts';
import { historySection } from '../../src/dashboard/pages/history-charts.ts';
import { useBrowser } from '../support/browser.ts';
import { manifestImages } from '../support/images.ts';
import { AT } from '../support/ledger-parts.ts';
import { needing } from '../support/programs.ts';
import { serveDashboard } from '../support/seeded-dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const IS_WIDER = 'document.documentElement.scrollWidth > document.documentElement.clientWidth';
const redis = useRedis({ emptied: true });

type Appearance = (page: Page) => Promise<void>;

/** Each is how the page appears after those before it. */
const APPEARANCES: Readonly<Record<string, Appearance>> = {
  light: (page) => page.emulateMedia({ colorScheme: 'light' }),
  dark: (page) => page.emulateMedia({ colorScheme: 'dark' }),
  phone: (page) => page.setViewportSize({ width: 360, height: 740 }),
};

/** What this page has that shuts somebody out, in one appearance. */
async function faultsOf(page: Page, appearance: string): Promise<readonly string[]> {
  await APPEARANCES[appearance]?.(page);
  const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
  const faults = violations.map(({ id, nodes }) => `${appearance}: ${id}: ${nodes[0]?.html}`);
  const isWider = await page.evaluate<boolean>(IS_WIDER);
  return isWider ? [...faults, `${appearance}: wider than its window`] : faults;
}

describe('in a browser', needing('chromium'), () => {
  const { open, openLoggedIn } = useBrowser();

  test('every page passes axe: light, dark, and on a phone', async () => {
    const { url, members, project, batches } = await serveDashboard(redis.client);
    await batches.register('many', manifestImages(130, 'many'), AT);
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
      '/batches/spring/cancel',
      '/?tab=failed&code=IMG.0044',
      '/batches/many?page=2',
      '/nothing',
    ];
    for (const path of paths) {
      const { page, context } = await openLoggedIn(`${url}${path}`);
      await page.locator('main').waitFor();
      await page.evaluate(axe.source);
      for (const appearance of Object.keys(APPEARANCES))
        expect(await faultsOf(page, appearance), path).toEqual([]);
      await context.close();
    }
  });

  test('the page that asks for the login passes axe', async () => {
    const { url } = await serveDashboard(redis.client);
    const { page } = await open(`${url}/batches/spring`);
    await page.evaluate(axe.source);
    for (const appearance of Object.keys(APPEARANCES))
      expect(await faultsOf(page, appearance)).toEqual([]);
  });

  test('charts and the page without a batch pass axe, too', async () => {
    const { url } = await serveDashboard(redis.client);
    const { page } = await openLoggedIn(`${url}/nothing`);
    const now = Date.UTC(2026, 2, 1, 12);
    const point = {
      spanMs: 60_000,
      succeeded: 9,
      failed: 2,
      inFlight: 28,
      limit: 30,
      throttled: 4,
    };
    const points = [90, 30, 20, 5].map((minutes) => ({ ...point, from: now - minutes * 60_000 }));
    const charts = historySection({ points, range: 'hour', now, linkTo: () => '/' })?.text ?? '';
    const start = emptyState({ folder: '/srv/images/inbox' }).text;
    const added = JSON.stringify(start + charts);
    await page.evaluate(`document.querySelector('main').innerHTML += ${added}`);
    await page.evaluate("document.querySelector('details').open = true");
    await page.evaluate(axe.source);
    for (const appearance of Object.keys(APPEARANCES))
      expect(await faultsOf(page, appearance)).toEqual([]);
  });

  test('the keyboard reaches the content first, then everything that can be pressed', async () => {
    const { url } = await serveDashboard(redis.client);
    const { page } = await openLoggedIn(`${url}/batches/spring`);
    const focused = () => page.evaluate<string>('document.activeElement.textContent.trim()');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to content');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Batches');
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Pause…');
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Pause' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('Paused: no more images').waitFor();
  });
});
