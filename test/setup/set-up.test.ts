import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { runProgram } from '../support/programs.ts';

let folder: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ims-ferry-set-up-'));
  cpSync('scripts', join(folder, 'scripts'), { recursive: true });
  write('package.json', '{}');
  write('package-lock.json', lockOf({ 'node_modules/a': { version: '1.0.0' } }));
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('does nothing, silently, when everything is installed', async () => {
  install({ 'node_modules/a': { version: '1.0.0' } });
  expect(await setUp()).toEqual({ code: 0, talk: '', calls: [] });
});

test('a package of another platform may be missing', async () => {
  const other = { version: '1.0.0', optional: true };
  write(
    'package-lock.json',
    lockOf({ 'node_modules/a': { version: '1.0.0' }, 'node_modules/b': other }),
  );
  install({ 'node_modules/a': { version: '1.0.0' } });
  expect((await setUp()).calls).toEqual([]);
});

test('installs with npm ci when a version differs', async () => {
  install({ 'node_modules/a': { version: '0.9.0' } });
  const { talk, calls } = await setUp();
  expect(talk).toContain('installing packages (npm ci)');
  expect(calls[0]).toMatch(/^npm ci /);
});

test('installs with npm ci when a package is new, as after git pull', async () => {
  const a = { 'node_modules/a': { version: '1.0.0' } };
  write('package-lock.json', lockOf({ ...a, 'node_modules/b': { version: '1.0.0' } }));
  install(a);
  expect((await setUp()).calls[0]).toMatch(/^npm ci /);
});

test('ends with 3 and one reason when npm cannot install', async () => {
  const { code, talk } = await setUp();
  expect(code).toBe(3);
  expect(talk).toContain('the packages could not be installed');
});

describe('without a Redis server', () => {
  test('with no way to install one, it prints only the command that helps, and installs nothing', async () => {
    const { code, talk, calls } = await setUp({ 'apt-get': 1 }, { user: 1000 });
    expect(code).toBe(3);
    expect(talk).toMatch(/ as root .*: apt-get update && apt-get install -y redis-server\n$/);
    expect(talk.trim().split('\n')).toHaveLength(1);
    expect(calls).toEqual([]);
  });

  test('where sudo needs a password, the command begins with sudo', async () => {
    const { talk, calls } = await setUp({ 'apt-get': 1, sudo: 1 }, { user: 1000 });
    expect(talk).toMatch(/: sudo apt-get update && sudo apt-get install -y redis-server\n$/);
    expect(calls).toEqual(['sudo -n true']);
  });

  test('an ordinary user with Docker is never made root', async () => {
    const { calls } = await setUp({ 'apt-get': 1, sudo: 0, docker: 0 }, { user: 1000 });
    expect(calls).toEqual([
      'docker info',
      'docker image inspect redis:8-alpine',
      expect.stringMatching(/^npm ci/),
      expect.stringMatching(/^npm install/),
    ]);
  });

  test('a user with passwordless sudo gets it from apt-get, before the packages', async () => {
    const { talk, calls } = await setUp({ 'apt-get': 1, sudo: 0 }, { user: 1000 });
    expect(calls[0]).toBe('sudo -n true');
    expect(calls[1]).toMatch(/^sudo -n sh -c/);
    // The stand-in for sudo installs nothing.
    expect(talk).toContain('apt-get could not install it');
    expect(calls.join()).not.toContain('npm');
  });

  test('root uses apt-get, and Docker where that does not work', async () => {
    const { talk, calls } = await setUp({ 'apt-get': 1, docker: 0, sh: 1 }, { user: 0 });
    expect(talk).toContain('apt-get could not install it');
    expect(talk).toContain('installing a Redis server (Docker)');
    expect(calls.join()).not.toContain('sudo');
  });
});

test('programs for tests are installed for all tests only, one by one, and may be missing', async () => {
  install({ 'node_modules/a': { version: '1.0.0' } });
  const programs = { 'redis-server': 0, 'apt-get': 1, sh: 1 };
  expect(await setUp(programs, { user: 0 })).toMatchObject({ code: 0, talk: '', calls: [] });
  const all = { user: 0, flags: ['--for-all-tests'] };
  const { code, talk, calls } = await setUp(programs, all);
  expect(code).toBe(0);
  expect(calls.filter((call) => call.startsWith('sh -c'))).toHaveLength(17);
  expect(talk).toContain('no docker-compose (the Compose files) here');
  expect(await setUp(programs, all)).toMatchObject({ code: 0, talk: '' });
});

describe('where Node is too old', () => {
  const OLD = '{ "node": "18.20.4" }';

  test('the set-up names the required version', async () => {
    const { code, talk, calls } = await setUp({}, { versions: OLD });
    expect({ code, talk }).toEqual({
      code: 3,
      talk: 'set-up: needs Node 20 or newer with npm; this is 18.20.4.\n',
    });
    expect(calls).toEqual([]);
  });

  test.each(['18.20.4', '20.20.2', '22.21.1'])('%s: the program reports it', async (node) => {
    const preload = preloadOf({ versions: JSON.stringify({ node }) });
    expect(await runProgram('node', [...preload, resolve('src/cli.js'), '--version'])).toEqual({
      code: 2,
      stdout: '',
      stderr: `ims-ferry needs Node 22.22 or newer; this is ${node}.\n`,
    });
  });
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

interface As {
  /** The version that Node reports. */
  readonly versions?: string;
  /** The user id that the process seems to have. */
  readonly user?: number;
  readonly flags?: readonly string[];
}

function preloadOf({ versions, user }: As): string[] {
  const lines = [
    versions && `Object.defineProperty(process, 'versions', { value: ${versions} })`,
    user !== undefined && `process.getuid = () => ${user}`,
  ];
  const code = lines.filter((line) => line).join(';');
  return ['--import', `data:text/javascript,${encodeURIComponent(code)}`];
}

/** Runs the set-up with stand-in programs: each records how it was called, and exits with its code. */
async function setUp(programs: Record<string, number> = { 'redis-server': 0 }, as: As = {}) {
  const calls = join(folder, 'calls');
  rmSync(calls, { force: true });
  for (const [name, code] of Object.entries({ npm: 1, ...programs })) {
    // Of a script only its first line.
    const line = `echo "${name} \${*%%\n*}" >> '${calls}'`;
    write(`bin/${name}`, `#!/bin/sh\n${line}\nexit ${code}\n`);
  }
  const args = [...preloadOf(as), join(folder, 'scripts/set-up.mjs'), ...(as.flags ?? [])];
  const env = { PATH: [join(folder, 'bin'), join(folder, 'empty')].join(delimiter) };
  const { code, stderr } = await runProgram('node', args, { cwd: folder, env });
  const lines = existsSync(calls) ? readFileSync(calls, 'utf8').trim().split('\n') : [];
  return { code, talk: stderr, calls: lines };
}
