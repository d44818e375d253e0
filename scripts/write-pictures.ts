/**
 * Takes the pictures in docs/images during an import into the simulator:
 * `node_modules/.bin/node scripts/write-pictures.ts`. Needs Chromium, a Redis server, and `script`
 * of util-linux.
 */
import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const CLI = fileURLToPath(new URL('../src/cli.js', import.meta.url));
const IMAGES = new URL('../docs/images/', import.meta.url);
const BATCH = 'spring-migration';
const WATCH = `status ${BATCH} --watch`;
const SCREEN = { columns: 96, rows: 20 };
const MANIFEST = `name: ${BATCH}
defaults: { min_disk: 40 }
images:
  - { name: legacy-billing, image_url: migration:broken/billing.vmdk }
  - { name: legacy-mail, image_url: migration:missing/mail.qcow2 }
${entries(60, '{ name: web-server-NN, image_url: migration:web/server-NN.qcow2 }')}
${entries(18, '{ name: database-disk-NN, image_url: migration:db/disk-NN.vmdk, kind: data }')}
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

function terminalSvg(lines: readonly string[]): string {
  const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
  const height = 44 + 19 * lines.length;
  const rows = lines.map(
    (line, at) => `<text x="18" y="${52 + 19 * at}" xml:space="preserve">${escaped(line)}</text>`,
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 860 ${height}" width="860" height="${height}" font-family="ui-monospace, 'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="#e6edf3">
<title>A terminal: ims-ferry ${WATCH}</title>
<rect width="860" height="${height}" rx="10" fill="#161b22"/>
<g fill="#484f58"><circle cx="22" cy="18" r="6"/><circle cx="42" cy="18" r="6"/><circle cx="62" cy="18" r="6"/></g>
${rows.join('\n')}
</svg>
`;
}

async function photograph(url: string): Promise<void> {
  const args = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
  const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
  const browser = await chromium.launch({ executablePath, args });
  const page = await browser.newPage({ viewport: { width: 1160, height: 740 } });
  await page.goto(`${url}batches/${BATCH}`, { waitUntil: 'networkidle' }).catch(() => undefined);
  await page.waitForTimeout(10_000);
  await page.screenshot({ path: fileURLToPath(new URL('dashboard.png', IMAGES)) });
  await browser.close();
}

const home = await mkdtemp(join(tmpdir(), 'ims-ferry-pictures-'));
const folder = join(home, 'manifests');
await mkdir(folder);
const base = { PATH: process.env['PATH'], HOME: home, TERM: 'xterm', IMS_FERRY_SUBMIT_RATE: '120' };
const simulator = start(
  process.execPath,
  [CLI, 'simulator', '--port', '0', '--duration', '30000'],
  base,
);
await found(simulator, /OBS_ENDPOINT=.*\n/);
const settings = [...simulator.text().matchAll(/export (\w+)=(\S+)/g)].map(([, name, value]) => [
  name,
  value,
]);
const env = { ...base, ...Object.fromEntries(settings) };
const up = start(process.execPath, [CLI, 'up', folder, '--port', '0'], env);
try {
  const url = await found(up, /http:\/\/127\.0\.0\.1:\d+\//);
  await writeFile(join(folder, 'spring.yaml'), MANIFEST);
  await sleep(60_000);
  await photograph(url);
  await writeFile(
    new URL('terminal.svg', IMAGES),
    terminalSvg([`$ ims-ferry ${WATCH}`, ...(await watched(env))]),
  );
} finally {
  await up.stop();
  await simulator.stop();
  await rm(home, { recursive: true });
}
