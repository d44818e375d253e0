import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import axe from 'axe-core';
import type { Page } from 'playwright-core';
import { describe, expect, onTestFinished, test } from 'vitest';
import { renderHtml } from '../../src/producer/report/html/render-html.ts';
import { useBrowser } from '../support/browser.ts';
import { imageRequest } from '../support/images.ts';
import { needing } from '../support/programs.ts';
import { failed, reportOf, succeeded } from '../support/report-entries.ts';
import { until } from '../support/until.ts';

const PHONE = { width: 360, height: 740 };
const SUSE = 'SUSE 15 SP5 64bit';

/** A file as it would be mailed: two images of one batch. */
async function mailed(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-html-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const second = { ...failed('second'), attempt: 2 };
  const request = imageRequest('second', { image_url: 'exports:a/b/two.qcow2', os_version: SUSE });
  const file = join(folder, 'report.html');
  await writeFile(file, renderHtml(reportOf([succeeded('first'), { ...second, request }])));
  return pathToFileURL(file).href;
}

const rowsOf = (page: Page): Promise<string[]> => page.locator('#rows > tr > th').allInnerTexts();

describe('in a browser', needing('chromium'), () => {
  const { open } = useBrowser();

  test('times are in the zone of the reader, with UTC on hover', async () => {
    const { page, complaints } = await open(await mailed(), { timezoneId: 'Asia/Kolkata' });
    const began = page.locator('.facts time').first();
    expect(await began.textContent()).toBe('2026-03-01 15:00:00');
    expect(await began.getAttribute('title')).toBe('2026-03-01 09:30:00 UTC');
    expect(await page.locator('.plot tspan').first().textContent()).toMatch(/^15:00/);
    expect(await page.locator('footer').textContent()).toContain('Asia/Calcutta');
    expect(complaints).toEqual([]);
  });

  test('without scripts they are in UTC, and say so', async () => {
    const { page } = await open(await mailed(), { javaScriptEnabled: false });
    expect(await page.locator('.facts time').first().textContent()).toBe('2026-03-01 09:30:00 UTC');
    expect(await page.locator('footer').textContent()).toContain('All times are UTC.');
    const list = await page.locator('.static').textContent();
    for (const text of ['exports:a/b/two.qcow2', SUSE, '(attempt 2)']) expect(list).toContain(text);
  });

  test('an image is found by its source, and shows source, system and attempt', async () => {
    const { page } = await open(await mailed());
    expect(await rowsOf(page)).toHaveLength(2);
    await page.locator('#search').fill('a/b/TWO');
    await until(async () => (await rowsOf(page)).length === 1);
    expect((await rowsOf(page))[0]).toContain('exports:a/b/two.qcow2');
    expect(await page.locator('#rows .state').textContent()).toContain('(attempt 2)');
    await page.locator('.more').click();
    const details = await page.locator('#rows dl').textContent();
    for (const text of ['exports:a/b/two.qcow2', SUSE, 'req-7']) expect(details).toContain(text);
  });

  test('it passes axe: light, dark, on a phone and in print', async () => {
    const { page } = await open(await mailed());
    await page.locator('.more').first().click();
    // The debugger is not bound by the policy of the page.
    await page.evaluate(axe.source);
    const appearances = {
      light: () => page.emulateMedia({ colorScheme: 'light' }),
      dark: () => page.emulateMedia({ colorScheme: 'dark' }),
      phone: () => page.setViewportSize(PHONE),
      print: () => page.emulateMedia({ media: 'print' }),
    };
    for (const [name, appear] of Object.entries(appearances)) {
      await appear();
      const { violations } = await page.evaluate<axe.AxeResults>('axe.run()');
      expect(violations.map(({ id }) => `${name}: ${id}`)).toEqual([]);
    }
  });
});
