import { describe, expect, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { imageRequest } from '../support/images.ts';
import { AT } from '../support/ledger-parts.ts';
import { needing } from '../support/programs.ts';
import { serveDashboard } from '../support/seeded-dashboard.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

describe('in a browser', needing('chromium'), () => {
  const { openLoggedIn } = useBrowser();

  test('images are selected, the buttons count them, and what is confirmed is done', async () => {
    const { url, ledger, members } = await serveDashboard(redis.client);
    const { page, complaints } = await openLoggedIn(`${url}/batches/spring`);
    const retry = page.locator('[data-does=retry]');
    await page.locator('html[data-live=on]').waitFor({ state: 'attached' });
    expect(await retry.isDisabled()).toBe(true);
    await page.getByLabel('All on this page').check();
    // One has failed, one was cancelled.
    expect(await retry.textContent()).toBe('Retry 2…');
    await page.getByLabel('Select image-7').uncheck();
    expect(await retry.textContent()).toBe('Retry 1…');
    await retry.click();
    await page.getByRole('button', { name: 'Retry 1 image' }).click();
    await page.getByText('Retry: 1 image enqueued again.').waitFor();
    const states = await Promise.all([members[2], members[6]].map((key) => ledger.read(key ?? '')));
    expect(states.map((entry) => entry?.state.status)).toEqual(['pending', 'cancelled']);
    expect(complaints).toEqual([]);
  });

  test('a selection stays while the page changes', async () => {
    const { url, ledger, members } = await serveDashboard(redis.client);
    const { page } = await openLoggedIn(`${url}/batches/spring`);
    await page.getByLabel('Select image-3').check();
    await ledger.change(members[7] ?? '', { type: 'cancel' }, AT);
    await page
      .getByRole('row', { name: /image-8/ })
      .getByText('Cancelled')
      .waitFor();
    expect(await page.getByLabel('Select image-3').isChecked()).toBe(true);
    expect(await page.locator('[data-does=retry]').textContent()).toBe('Retry 1…');
  });

  test('without JavaScript images are selected and cancelled, too', async () => {
    const { url, batches } = await serveDashboard(redis.client);
    const { page } = await openLoggedIn(`${url}/batches/spring`, { javaScriptEnabled: false });
    await page.getByLabel('Select image-8').check();
    await page.getByRole('button', { name: /^Cancel/ }).click();
    await page.getByRole('button', { name: 'Cancel 1 image' }).click();
    await until(async () => (await batches.summary('spring'))?.counts.cancelled === 2);
  });

  test('times are those of the reader, and UTC on hover', async () => {
    const { url, members } = await serveDashboard(redis.client);
    const timezoneId = 'Asia/Kolkata';
    const { page } = await openLoggedIn(`${url}/batches/spring/images/${members[2]}`, {
      timezoneId,
    });
    const time = page.locator('.story time').first();
    const utc = new Date((await time.getAttribute('datetime')) ?? '');
    const local = new Date(utc.getTime() + 5.5 * 3_600_000).toISOString();
    const plain = (iso: string): string => iso.slice(0, 19).replace('T', ' ');
    await until(async () => (await time.textContent()) === plain(local));
    expect(await time.getAttribute('title')).toBe(`${plain(utc.toISOString())} UTC`);
    await page.locator('html[data-live=on]').waitFor({ state: 'attached' });
    expect(await time.textContent()).toBe(plain(local));
  });

  test('"/" goes to the search, "n" to the next failed image, and a new page of a list to its top', async () => {
    const dashboard = await serveDashboard(redis.client);
    const { url, batches, ledger, members } = dashboard;
    const many = Array.from({ length: 120 }, (_, at) => ({
      request: imageRequest(`more-${at}`, { image_url: `bucket:more/${at}.qcow2` }),
      line: at + 1,
    }));
    await batches.register('spring', many, AT);
    const { page } = await openLoggedIn(`${url}/batches/spring`);
    await page.keyboard.press('/');
    await page.keyboard.type('image-3');
    await page.getByText('1 of 128 images').waitFor();
    await page.getByRole('searchbox').fill('');
    await page.getByText('128 images, 1 to 50 here').waitFor();
    await page.getByRole('link', { name: 'Next', exact: true }).click();
    await page.getByText('128 images, 51 to 100 here').waitFor();
    const top = await page.evaluate<number>(
      "document.getElementById('list').getBoundingClientRect().top",
    );
    expect(Math.abs(top)).toBeLessThan(40);

    await ledger.change(members[6] ?? '', { type: 'retry', at: 1 }, AT);
    await page.goto(`${url}/batches/spring/images/${members[0]}`);
    await page.keyboard.press('n');
    await page.waitForURL(`**/images/${members[2]}`);
  });

  test('an id is copied by its button', async () => {
    const { url, members } = await serveDashboard(redis.client);
    const { page, context } = await openLoggedIn(`${url}/batches/spring/images/${members[0]}`);
    await context.grantPermissions(['clipboard-read', 'clipboard-write']);
    await page.getByRole('button', { name: 'Copy job-0' }).click();
    await page.getByText('Copied').waitFor();
    expect(await page.evaluate('navigator.clipboard.readText()')).toBe('job-0');
  });

  test('the board has a way back, and only buttons that do something', async () => {
    const { url, queues, members } = await serveDashboard(redis.client);
    await queues.addSubmits(
      members.map((key) => ({ key, name: 'image', attempt: 1, epoch: 1, queued: 0 })),
    );
    const { page, complaints } = await openLoggedIn(
      `${url}/queues/queue/image-submit?status=waiting`,
    );
    await page.getByText('image').first().waitFor();
    await page.getByText('jobData').first().waitFor();
    for (const name of ['Clean all', 'Retry all', 'Promote all', 'Pause', 'Empty', 'Obliterate']) {
      expect(await page.getByRole('button', { name }).filter({ visible: true }).count()).toBe(0);
    }
    for (const icon of ['files', 'pencil', 'trash2']) {
      expect(await page.locator(`.lucide-${icon}`).filter({ visible: true }).count()).toBe(0);
    }
    await page.getByRole('link', { name: '← Batches' }).click();
    await page.getByRole('heading', { name: 'Batches', exact: true }).waitFor();
    expect(complaints).toEqual([]);
  });
});
