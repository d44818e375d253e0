/** `npm test`: type check, lint, then every test; ends with a line `N passed, N failed`. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { type Counts, countTests } from './count-tests.ts';

const TOOLS = resolve('node_modules/.bin');

/** True when the tool ends with 0. The tools find the Node of node_modules first. */
function run(tool: string, args: readonly string[]): boolean {
  process.stdout.write(`\n> ${[tool, ...args].join(' ')}\n`);
  const path = [TOOLS, process.env['PATH'] ?? ''].join(delimiter);
  const { status } = spawnSync(join(TOOLS, tool), args, {
    stdio: 'inherit',
    env: { ...process.env, PATH: path },
  });
  return status === 0;
}

function one(passed: boolean): Counts {
  return { passed: passed ? 1 : 0, failed: passed ? 0 : 1 };
}

function runTests(filters: readonly string[]): Counts {
  const folder = mkdtempSync(join(tmpdir(), 'ims-ferry-test-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const passed = run('vitest', ['run', ...reporters, ...filters]);
  const counts = countTests(file, passed);
  rmSync(folder, { recursive: true, force: true });
  return counts;
}

/** A browser takes all there is of a small machine: it runs when the others have ended. */
const BROWSER = 'test/browser/';

function allTests(filters: readonly string[]): readonly Counts[] {
  if (filters.length > 0) return [runTests(filters)];
  return [runTests(['--exclude', `${BROWSER}**`]), runTests([BROWSER])];
}

const counts = [
  one(run('tsc', ['--noEmit'])),
  one(run('biome', ['check', '--error-on-warnings'])),
  ...allTests(process.argv.slice(2)),
];
const passed = counts.reduce((sum, count) => sum + count.passed, 0);
const failed = counts.reduce((sum, count) => sum + count.failed, 0);
process.stdout.write(`\n${passed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 ? 0 : 1;
