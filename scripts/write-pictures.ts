/**
 * `npm run pictures`: takes the pictures in docs/images during an import into the simulator. Needs
 * Chromium, a Redis server, and `script` of util-linux.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { type BrowserContext, chromium } from 'playwright-core';
import { terminalPicture } from './pictures/terminal-picture.ts';

const CLI = fileURLToPath(new URL('../src/cli.js', import.meta.url));
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

interface Running {
  readonly text: () => string;
  readonly ended: Promise<unknown>;
  readonly stop: () => Promise<unknown>;
}

function start(program: string, args: readonly string[], env: NodeJS.ProcessEnv): Running {
  const child = spawn(program, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (part: string) => (text += part));
  }
  const ended = new Promise((resolve) => child.once('close', resolve));
  const stop = () => {
    child.kill();
    return ended;
  };
  return { text: () => text, ended, stop };
}

async function found(running: Running, pattern: RegExp): Promise<string> {
  for (;;) {
    const match = pattern.exec(running.text())?.[0];
    if (match !== undefined) return match;
    await sleep(100);
  }
}

/** What `status --watch` leaves in a terminal of this size when it is interrupted. */
async function watched(env: NodeJS.ProcessEnv): Promise<string[]> {
  const { columns, rows } = SCREEN;
  const watch = `timeout -s INT 8 ${process.execPath} ${CLI} ${WATCH}`;
  const command = `stty cols ${columns} rows ${rows}; ${watch}`;
  const terminal = start('script', ['-qc', command, '/dev/null'], env);
  await terminal.ended;
  const last = terminal.text().split('\u001b[?1049l').at(-1) ?? '';
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

/** Of `status --json`. */
interface Status {
  readonly counts: Readonly<Record<string, number>>;
  readonly images: readonly { readonly name: string; readonly key: string }[];
}

async function ferry(env: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> {
  const running = start(process.execPath, [CLI, ...args], env);
  await running.ended;
  return running.text();
}

async function reached(env: NodeJS.ProcessEnv, done: number): Promise<Status> {
  for (;;) {
    const text = await ferry(env, 'status', BATCH, '--json');
    const status = text.startsWith('{') ? (JSON.parse(text) as Status) : undefined;
    const { succeeded = 0, failed = 0 } = status?.counts ?? {};
    if (status && succeeded + failed >= done) return status;
    await sleep(1000);
  }
}

/** In the order of the import: half of it done, then all of it. */
async function takeAll(env: NodeJS.ProcessEnv, url: string, home: string): Promise<void> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args });
  try {
    const viewport = { width: 1160, height: 740 };
    const context = await browser.newContext({ viewport, extraHTTPHeaders: { authorization } });
    const { images } = await reached(env, 40);
    await photograph(context, `${url}batches/${BATCH}`, 'dashboard.png');
    const lines = [`$ ims-ferry ${WATCH}`, ...(await watched(env))];
    const svg = terminalPicture(`A terminal: ims-ferry ${WATCH}`, lines);
    await writeFile(new URL('terminal.svg', IMAGES), svg);
    const failed = images.find(({ name }) => name === 'legacy-billing');
    await photograph(context, `${url}batches/${BATCH}/images/${failed?.key}`, 'image.png');
    await reached(env, 80);
    const report = join(home, 'report.html');
    await ferry(env, 'report', BATCH, '--format', 'html', '--output', report);
    await photograph(context, pathToFileURL(report).href, 'report.png');
  } finally {
    await browser.close();
  }
}

async function writePictures(): Promise<void> {
  const home = await mkdtemp(join(tmpdir(), 'ims-ferry-pictures-'));
  const folder = join(home, 'manifests');
  await mkdir(folder);
  const pace = { TERM: 'xterm', IMS_FERRY_SUBMIT_RATE: '120' };
  const base = { PATH: process.env['PATH'], HOME: home, ...pace };
  const cloud = ['simulator', '--port', '0', '--duration', '30000'];
  const simulator = start(process.execPath, [CLI, ...cloud], base);
  await found(simulator, /POLL_MAX_MS=.*\n/);
  const settings = [...simulator.text().matchAll(/export (\w+)=(\S+)/g)];
  const account = Object.fromEntries(settings.map(([, name, value]) => [name, value]));
  const login = { IMS_FERRY_DASHBOARD_USER: USER, IMS_FERRY_DASHBOARD_PASSWORD: PASSWORD };
  const env = { ...base, ...account, ...login };
  const up = start(process.execPath, [CLI, 'up', folder, '--port', '0'], env);
  try {
    const url = await found(up, /http:\/\/127\.0\.0\.1:\d+\//);
    await writeFile(join(folder, 'spring.yaml'), MANIFEST);
    await takeAll(env, url, home);
  } finally {
    await up.stop();
    await simulator.stop();
    await rm(home, { recursive: true });
  }
}

if (import.meta.main) await writePictures();
