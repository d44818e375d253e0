import { createServer, request } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, onTestFinished, test } from 'vitest';
import { useBrowser } from '../support/browser.ts';
import { LOGIN } from '../support/dashboard.ts';
import { AT } from '../support/ledger-parts.ts';
import { needing } from '../support/programs.ts';
import { serveDashboard } from '../support/seeded-dashboard.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** As nginx does it: another page at the root, the dashboard below `/ferry/`. */
async function proxyTo(url: string, takesPathOff: boolean) {
  const unproxied: string[] = [];
  const server = createServer((asked, answer) => {
    const path = asked.url ?? '';
    if (!path.startsWith('/ferry/')) {
      unproxied.push(path);
      answer.writeHead(path === '/favicon.ico' ? 204 : 404).end('another page');
      return;
    }
    const to = takesPathOff ? path.slice('/ferry'.length) : path;
    const { method, headers } = asked;
    const passed = request(`${url}${to}`, { method, headers }, (response) => {
      answer.writeHead(response.statusCode ?? 500, response.headers);
      response.pipe(answer);
    });
    passed.on('error', () => answer.destroy());
    asked.pipe(passed);
    answer.on('close', () => passed.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { unproxied, at: `http://127.0.0.1:${(server.address() as AddressInfo).port}/ferry/` };
}

describe('in a browser, below a path of a proxy', needing('chromium'), () => {
  const { openLoggedIn } = useBrowser();

  test.each([
    { fact: 'that leaves the path', takesPathOff: false },
    { fact: 'that takes the path off', takesPathOff: true },
  ])('$fact every page, button, live part and queue works', async ({ takesPathOff }) => {
    const config = { hosts: [], login: LOGIN, basePath: '/ferry' };
    const { url, ledger, members, batches } = await serveDashboard(redis.client, { config });
    const { at, unproxied } = await proxyTo(url, takesPathOff);
    const { page, complaints, context } = await openLoggedIn(at);
    await page.getByRole('link', { name: 'spring', exact: true }).click();
    await page.getByText('8 images, 1 to 8 here').waitFor();
    await page.evaluate('window.same = true');
    await ledger.change(members[7] ?? '', { type: 'cancel' }, AT);
    await page
      .getByRole('row', { name: /image-8/ })
      .getByText('Cancelled')
      .waitFor();
    expect(await page.evaluate('window.same')).toBe(true);

    await page.getByRole('searchbox').pressSequentially('image-3');
    await page.getByText('1 of 8 images').waitFor();
    expect(new URL(page.url()).pathname).toBe('/ferry/batches/spring');
    await page.getByRole('link', { name: 'image-3' }).click();
    await page.getByRole('heading', { name: 'What happened' }).waitFor();
    await page.getByRole('link', { name: 'All images of the batch' }).click();
    await page.getByRole('link', { name: 'Pause…' }).click();
    await page.getByRole('button', { name: 'Pause' }).click();
    await page.getByText('Paused: no more images of this batch are submitted').waitFor();
    expect((await batches.summary('spring'))?.isPaused).toBe(true);

    await page.getByRole('link', { name: 'Queues' }).first().click();
    await page.getByText('Poll').first().waitFor();
    await page
      .getByRole('link', { name: /Submit/ })
      .first()
      .click();
    await page.waitForURL(/\/ferry\/queues\/queue\//);
    expect((await context.cookies()).map(({ path }) => path)).toEqual(['/ferry/']);
    expect(complaints).toEqual([]);
    expect(unproxied.filter((path) => path !== '/favicon.ico')).toEqual([]);
  });
});
