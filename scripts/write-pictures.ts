/**
 * `npm run pictures`: takes the pictures in docs/images during an import into the simulator. Needs
 * Chromium, a Redis server, and `script` of util-linux.
 */
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { type BrowserContext, chromium } from 'playwright-core';
import { environmentOf } from '../simulator/environment.ts';
import { SAMPLE_OBJECTS } from '../simulator/obs/sample-objects.ts';
import { startSimulator } from '../simulator/start-simulator.ts';
import type { BatchStatus } from '../src/producer/batch-status.ts';
import { terminalPicture } from './pictures/terminal-picture.ts';
import { CLI, runFerry, type Start, startFerry, statusOf } from './soak/ferry-process.ts';

const IMAGES = new URL('../docs/images/', import.meta.url);
const BATCH = 'spring-migration';
const WATCH = `status ${BATCH} --watch`;
const SCREEN = { columns: 96, rows: 20 };
const [USER, PASSWORD] = ['ops', 'only-for-the-pictures'];
const authorization = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString('base64')}`;
/** Each picture, and what it shows. */
export const PICTURES = {
  'dashboard.png': 'a batch in progress',
  'image.png': 'the page of an image that failed',
  'report.png': 'the report of the finished batch',
  'terminal.svg': WATCH,
} as const;
const MANIFEST = `name: ${BATCH}
defaults: { min_disk: 40 }
images:
  - { name: legacy-billing, image_url: migration:broken/billing.vmdk }
  - { name: legacy-mail, image_url: migration:missing/mail.qcow2 }
${entries(18, '{ name: database-disk-NN, image_url: migration:db/disk-NN.vmdk, kind: data }')}
${entries(60, '{ name: web-server-NN, image_url: migration:web/server-NN.qcow2 }')}
`;

function entries(count: number, entry: string): string {
  const numbers = Array.from({ length: count }, (_, at) => `${at + 1}`.padStart(2, '0'));
  return numbers.map((number) => `  - ${entry.replaceAll('NN', number)}`).join('\n');
}

/** How commands are started. */
type At = Pick<Start, 'env' | 'logFile'>;

/** What `status --watch` leaves in a terminal of this size when it is interrupted. */
async function watched({ env }: At): Promise<string[]> {
  const { columns, rows } = SCREEN;
  const watch = `timeout -s INT 8 ${process.execPath} ${CLI} ${WATCH}`;
  const command = `stty cols ${columns} rows ${rows}; ${watch}`;
  const { stdout } = await promisify(execFile)('script', ['-qc', command, '/dev/null'], { env });
  const last = stdout.split('\u001b[?1049l').at(-1) ?? '';
  if (!last.includes(BATCH)) throw new Error(`status --watch showed nothing: ${last}`);
  return last.split(/\r?\n/).map((line) => line.trimEnd());
}

async function photograph(context: BrowserContext, url: string, file: string): Promise<void> {
  const page = await context.newPage();
  // A page that updates itself never rests.
  await page.goto(url, { waitUntil: 'networkidle', timeout: 15_000 }).catch(() => undefined);
  await page.screenshot({ path: fileURLToPath(new URL(file, IMAGES)) });
  await page.close();
}

async function reached(at: At, done: number): Promise<BatchStatus> {
  for (;;) {
    // The batch may not be registered yet.
    const status = await statusOf(BATCH, at).catch(() => undefined);
    if (status && status.counts.succeeded + status.counts.failed >= done) return status;
    await sleep(1000);
  }
}

/** In the order of the import: half of it done, then all of it. */
async function takeAll(at: At, url: string, home: string): Promise<void> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args });
  try {
    const viewport = { width: 1160, height: 740 };
    const context = await browser.newContext({ viewport, extraHTTPHeaders: { authorization } });
    const { images } = await reached(at, 40);
    await photograph(context, `${url}batches/${BATCH}`, 'dashboard.png');
    const lines = [`$ ims-ferry ${WATCH}`, ...(await watched(at))];
    const svg = terminalPicture(`A terminal: ims-ferry ${WATCH}`, lines);
    await writeFile(new URL('terminal.svg', IMAGES), svg);
    const failed = images.find(({ name }) => name === 'legacy-billing');
    await photograph(context, `${url}batches/${BATCH}/images/${failed?.key}`, 'image.png');
    await reached(at, 80);
    const report = join(home, 'report.html');
    const args = ['report', BATCH, '--format', 'html', '--output', report];
    await runFerry({ ...at, args }, [0, 1]);
    await photograph(context, pathToFileURL(report).href, 'report.png');
  } finally {
    await browser.close();
  }
}

async function writePictures(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'ims-ferry-pictures-'));
  const folder = join(home, 'manifests');
  await mkdir(folder);
  const simulator = await startSimulator({
    durationMs: { median: 30_000, sigma: 0.4 },
    objects: SAMPLE_OBJECTS,
  });
  const login = { IMS_FERRY_DASHBOARD_USER: USER, IMS_FERRY_DASHBOARD_PASSWORD: PASSWORD };
  const shell = { PATH: process.env['PATH'] ?? '', HOME: home, TERM: 'xterm' };
  // Without checks, which leave an image out whose object is missing: the pictures show failures.
  const pace = { IMS_FERRY_SUBMIT_RATE: '120', IMS_FERRY_SUBMIT_CHECKS: '0' };
  const env = { ...shell, ...environmentOf(simulator), ...login, ...pace };
  const at = { env, logFile: join(home, 'ferry.log') };
  const { promise: url, resolve: onUrl } = Promise.withResolvers<string>();
  const onLine = (line: string): void => {
    const [found] = /http:\/\/127\.0\.0\.1:\d+\//.exec(line) ?? [];
    if (found !== undefined) onUrl(found);
  };
  const up = startFerry({ ...at, args: ['up', folder, '--port', '0'], onLine });
  try {
    await writeFile(join(folder, 'spring.yaml'), MANIFEST);
    await takeAll(at, await url, home);
  } finally {
    up.child.kill();
    await up.ended;
    await simulator.close();
    await rm(home, { recursive: true });
  }
}

if (import.meta.main) await writePictures();
