import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, beforeAll, onTestFinished } from 'vitest';
import { BASIC } from './dashboard.ts';
import { programPath } from './programs.ts';

type ContextOptions = Parameters<Browser['newContext']>[0];

interface OpenPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** What the browser reported: errors of scripts, and what the policy refused. */
  readonly complaints: readonly string[];
}

/** One browser for a file; every page in a context of its own, closed with its test. */
export function useBrowser() {
  let browser: Browser | undefined;
  beforeAll(async () => {
    // Chromium refuses its sandbox to root.
    const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const executablePath = programPath('chromium');
    if (executablePath !== undefined)
      browser = await chromium.launch({ executablePath, args, timeout: 0 });
  });
  afterAll(() => browser?.close());
  const open = async (url: string, options: ContextOptions = {}): Promise<OpenPage> => {
    if (!browser) throw new Error('no browser here');
    const context = await browser.newContext(options);
    onTestFinished(() => context.close());
    // A busy machine is no fault of a page.
    context.setDefaultTimeout(0);
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    await page.goto(url, { waitUntil: 'domcontentloaded' });
    return { page, context, complaints };
  };
  // The form would be in the way of every test.
  const openLoggedIn = (url: string, options: ContextOptions = {}): Promise<OpenPage> =>
    open(url, { ...options, extraHTTPHeaders: { authorization: BASIC } });
  return { open, openLoggedIn };
}
