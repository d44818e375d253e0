import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { LOGIN } from '../support/dashboard.ts';
import { AT } from '../support/ledger-parts.ts';
import { needing } from '../support/programs.ts';
import { addHostile, EVIL, serveDashboard } from '../support/seeded-dashboard.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

/** What a script does that got into the page as text, or as an attribute. */
const INJECT = `
  const script = document.createElement('script');
  script.textContent = 'window.pwned = 1';
  const box = document.createElement('div');
  box.innerHTML = '<button onclick="window.pwned = 1">x</button>';
  document.body.append(script, box);
  box.querySelector('button').click();
`;

const redis = useRedis({ emptied: true });
const serve = (options = {}) => serveDashboard(redis.client, options);

describe('in a browser', needing('chromium'), () => {
  const { open, openLoggedIn } = useBrowser();

  test('a page shows what changes, without being loaded again and without losing the focus', async () => {
    const { url, ledger, members } = await serve();
    const { page, complaints } = await openLoggedIn(`${url}/batches/spring`);
    await page.evaluate('window.same = true');
    await page.getByRole('link', { name: 'image-8' }).focus();
    await ledger.change(members[7] ?? '', { type: 'cancel' }, AT);
    const row = page.getByRole('row', { name: /image-8/ });
    await row.getByText('Cancelled').waitFor();
    expect(await page.evaluate('window.same')).toBe(true);
    expect(await page.evaluate('document.activeElement.textContent')).toBe('image-8');
    expect(complaints).toEqual([]);
  });

  test('images are found by what is typed, by state, and again with the back button', async () => {
    const { url } = await serve();
    const { page } = await openLoggedIn(`${url}/batches/spring`);
    const rows = page.locator('tbody tr');
    expect(await rows.count()).toBe(8);
    await page.getByRole('searchbox').pressSequentially('image-3');
    await page.getByText('1 of 8 images').waitFor();
    expect(new URL(page.url()).search).toBe('?q=image-3');
    await page.getByRole('searchbox').fill('');
    await page.getByText('8 images, 1 to 8 here').waitFor();
    await page.getByRole('link', { name: /^Failed/ }).click();
    await page.getByText('1 of 8 images').waitFor();
    expect(new URL(page.url()).search).toBe('?state=failed');
    await page.goBack();
    await page.getByText('8 images, 1 to 8 here').waitFor();
  });

  test('a button says what it does, does it, and the page shows it', async () => {
    const { url, batches } = await serve();
    const { page } = await openLoggedIn(`${url}/batches/spring`);
    await page.getByRole('link', { name: 'Pause…' }).click();
    await page.getByText('No more of its images are submitted').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused: no more images of this batch are submitted').waitFor();
    expect((await batches.summary('spring'))?.isPaused).toBe(true);
    await page.getByRole('link', { name: 'Retry 1 failed…' }).click();
    await page.getByRole('link', { name: 'No, go back' }).click();
    await page.getByText('1 image failed').waitFor();
    await page.getByRole('link', { name: 'Retry 1 failed…' }).click();
    await page.getByRole('button', { name: 'Retry 1 image' }).click();
    await page.getByText('Retry: 1 image enqueued again.').waitFor();
  });

  test('without the login there is nothing to see', async () => {
    const { url } = await serve();
    const seen = (options = {}) =>
      // A browser shows the answer, or says itself that the login is wrong.
      open(`${url}/batches/spring`, options).then(
        ({ page }) => page.content(),
        (error: unknown) => String(error),
      );
    const wrong = { username: 'ops', password: 'wrong-wrong-wrong' };
    for (const options of [{}, { httpCredentials: wrong }]) {
      expect(await seen(options)).toMatch(/Log in|ERR_INVALID_AUTH_CREDENTIALS/);
    }
  });

  test('a person logs in with the form, acts, and logs out', async () => {
    const { url, batches } = await serve();
    const { page, context } = await open(`${url}/batches/spring`);
    await page.getByLabel('User').fill(LOGIN.user);
    await page.getByLabel('Password').fill('wrong-wrong-wrong');
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByText('User or password is wrong.').waitFor();
    await page.getByLabel('User').fill(LOGIN.user);
    await page.getByLabel('Password').fill(LOGIN.password);
    await page.getByRole('button', { name: 'Log in' }).click();
    await page.getByRole('heading', { name: 'spring', exact: true }).waitFor();
    await page.locator('html[data-live=on]').waitFor({ state: 'attached' });
    await page.getByRole('link', { name: 'Pause…' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await until(async () => (await batches.summary('spring'))?.isPaused === true);
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in' }).waitFor();
    const names = (await context.cookies()).map(({ name }) => name);
    expect(names).not.toContain('ferry-session');
  });

  test('a form on another site cannot press a button, though the browser is logged in', async () => {
    const { url, batches, logged } = await serve();
    const evil = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(`<form method="post" action="${url}/batches/spring/pause"></form>
        <script>document.forms[0].submit()</script>`);
    });
    await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void evil.close());
    const { page } = await openLoggedIn(`${url}/`);
    const { port } = evil.address() as AddressInfo;
    await page.goto(`http://127.0.0.1:${port}/`);
    await page.getByText('Cross-site request refused').waitFor();
    await page.goto(`http://localhost:${port}/`);
    await page.getByText('Cross-site request refused').waitFor();
    expect((await batches.summary('spring'))?.isPaused).toBe(false);
    expect(logged.filter(({ msg }) => msg === 'dashboard: action started')).toEqual([]);
  });

  test('nothing that others wrote becomes part of a page, on any page', async () => {
    const dashboard = await serve();
    await addHostile(dashboard);
    const [key] = await dashboard.batches.members(EVIL, 0, 1);
    await dashboard.queues.addSubmits([
      { key: key ?? '', name: EVIL, attempt: 1, epoch: 1, queued: 0 },
    ]);
    const batch = `/batches/${encodeURIComponent(EVIL)}`;
    const paths = [
      '/',
      batch,
      `${batch}?q=${encodeURIComponent(EVIL)}`,
      `${batch}/images/${key}`,
      `${batch}/retry?code=${encodeURIComponent(EVIL)}`,
      `/reports/${encodeURIComponent(EVIL)}`,
      '/stop/resume',
      '/queues/queue/image-submit?status=waiting',
      `/${encodeURIComponent(EVIL)}`,
    ];
    for (const path of paths) {
      const { page } = await openLoggedIn(`${dashboard.url}${path}`);
      if (path.startsWith('/queues')) await page.getByText('onerror').first().waitFor();
      else await page.locator('main').waitFor();
      // The live part is drawn by script, too.
      if (path === '/' || path === batch)
        await page.locator('html[data-live=on]').waitFor({ state: 'attached' });
      expect(await page.evaluate("'pwned' in window"), path).toBe(false);
      expect(await page.locator('img[src=x]').count(), path).toBe(0);
    }
  });

  test('a script that got into a page would not run', async () => {
    const { url } = await serve();
    for (const path of ['/', '/batches/spring', '/queues/']) {
      const { page } = await openLoggedIn(`${url}${path}`);
      await page.evaluate(INJECT);
      expect(await page.evaluate("'pwned' in window"), path).toBe(false);
    }
  });

  test('without JavaScript everything can be read, searched and pressed', async () => {
    const { url, batches } = await serve();
    const { page } = await openLoggedIn(`${url}/`, { javaScriptEnabled: false });
    await page.getByRole('link', { name: 'spring', exact: true }).click();
    await page.getByRole('searchbox').fill('image-3');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('1 of 8 images').waitFor();
    await page.getByRole('link', { name: 'image-3' }).click();
    await page.getByText('The file is broken').first().waitFor();
    await page.goto(`${url}/batches/spring/pause`);
    await page.getByRole('button', { name: 'Pause' }).click();
    await until(async () => (await batches.summary('spring'))?.isPaused === true);
  });

  test('the board opens a failed image with its reason, its story and a way to its batch', async () => {
    const { url, queues, members } = await serve();
    const key = members[2] ?? '';
    await queues.addSubmits([{ key, name: 'image-3', attempt: 1, epoch: 1, queued: 0 }]);
    const { page, complaints } = await openLoggedIn(`${url}/queues/queue/image-submit/${key}-1-0`);
    await page.getByText('Upload it again.').first().waitFor();
    await page
      .getByRole('tab', { name: 'Logs' })
      .or(page.getByRole('button', { name: 'Logs' }))
      .first()
      .click();
    await page.getByText('failed: IMG.0044: The file is broken').first().waitFor();
    expect(complaints).toEqual([]);
  });
});
