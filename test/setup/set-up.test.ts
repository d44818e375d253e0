import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ims-ferry-set-up-'));
  cpSync('scripts', join(folder, 'scripts'), { recursive: true });
  write('package.json', '{}');
  write('package-lock.json', lockOf({ 'node_modules/a': { version: '1.0.0' } }));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('says and does nothing when everything is there', () => {
  install({ 'node_modules/a': { version: '1.0.0' } });
  expect(setUp()).toEqual({ status: 0, talk: '', calls: '' });
});

test('a package of another platform may be missing', () => {
  const other = { version: '1.0.0', optional: true };
  write(
    'package-lock.json',
    lockOf({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': other }),
  );
  install({ 'node_modules/a': { version: '1.0.0' } });
  expect(setUp().calls).toBe('');
});

test('installs with npm ci when a version differs', () => {
  install({ 'node_modules/a': { version: '0.9.0' } });
  const { talk, calls } = setUp();
  expect(talk).toContain('installing packages (npm ci)');
  expect(calls).toMatch(/^ci /);
});

test('ends with 3 and one reason when npm cannot install', () => {
  const { status, talk } = setUp();
  expect(status).toBe(3);
  expect(talk).toContain('the packages could not be installed');
});

test('without Redis, root, sudo and Docker it says how to get one, and ends with 3', () => {
  install({ 'node_modules/a': { version: '1.0.0' } });
  const { status, talk } = setUp([]);
  expect(status).toBe(3);
  expect(talk).toContain('apt-get install -y redis-server');
});

function write(path: string, text: string): void {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, text, { mode: 0o755 });
}

function lockOf(packages: Record<string, { version: string; optional?: boolean }>): string {
  return JSON.stringify({ packages: { '': {}, ...packages } });
}

/** A node_modules as npm leaves it behind, with the Node that runs this test. */
function install(packages: Record<string, { version: string }>): void {
  write('node_modules/.package-lock.json', lockOf(packages));
  mkdirSync(join(folder, 'node_modules/.bin'), { recursive: true });
  symlinkSync(process.execPath, join(folder, 'node_modules/.bin/node'));
}

/** Runs the set-up with stand-in programs: an npm that fails, and writes down how it was called. */
function setUp(programs: readonly string[] = ['redis-server']) {
  write('bin/npm', `#!/bin/sh\necho "$@" >> '${folder}/calls'\nexit 1\n`);
  for (const program of programs) write(`bin/${program}`, '#!/bin/sh\n');
  const { status, stderr } = spawnSync(process.execPath, [resolve(folder, 'scripts/set-up.mjs')], {
    cwd: folder,
    encoding: 'utf8',
    env: { PATH: [join(folder, 'bin'), join(folder, 'empty')].join(delimiter) },
  });
  return { status, talk: stderr, calls: readCalls() };
}

function readCalls(): string {
  const { stdout } = spawnSync('cat', [join(folder, 'calls')], { encoding: 'utf8' });
  return stdout;
}
