import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import {
  add,
  closingLine,
  closingLines,
  countsOf,
  type FileResult,
  fileLine,
} from '../../scripts/test/report.ts';
import { runProgram } from '../support/programs.ts';

const file = (path: string, more: Partial<FileResult> = {}): FileResult => ({
  path,
  passed: 0,
  skipped: 0,
  ms: 1234,
  failures: [],
  missing: [],
  ...more,
});

test.each([
  [{ passed: 3 }, '✓', '3 passed'],
  [{ passed: 3, failures: [{ test: 'a', text: 'b' }] }, '✗', '3 passed, 1 failed'],
  [{ failures: [{ test: '', text: 'cannot be loaded' }] }, '✗', '1 failed'],
  [{ skipped: 2 }, '-', '2 skipped'],
])('a file %j is one line with %s and %s', (more, mark, counts) => {
  const line = fileLine(file('test/a.test.ts', more));
  expect(line.startsWith(`${mark} test/a.test.ts `)).toBe(true);
  expect(line.endsWith(`1.2 s  ${counts}`)).toBe(true);
});

test('failures are shown whole, then the ten slowest, then what was skipped and why', () => {
  const files = Array.from({ length: 12 }, (_, at) =>
    file(`test/${at}.test.ts`, { ms: at * 1000 }),
  );
  const failed = file('test/x.test.ts', { failures: [{ test: 'a > b', text: 'first\nsecond' }] });
  const skipped = file('test/y.test.ts', { skipped: 3, missing: ['docker', 'docker'] });
  const lines = closingLines([...files, failed, skipped], (what) => `get ${what}`);
  expect(lines.slice(0, 4)).toEqual(['', 'FAILED test/x.test.ts > a > b', '  first', '  second']);
  expect(lines.filter((line) => line.includes(' s  test/'))).toHaveLength(10);
  expect(lines).toContain('  2 without docker (get docker)');
  expect(lines).toContain('  1 by the tests themselves');
});

test('a file that cannot be loaded counts as a failed test', () => {
  const broken = file('test/a.test.ts', { failures: [{ test: '', text: 'no such module' }] });
  expect(countsOf([broken, file('test/b.test.ts', { passed: 2 })])).toEqual({
    passed: 2,
    failed: 1,
    skipped: 0,
  });
});

test('the closing line names what was skipped only where something was', () => {
  const counts = add({ passed: 1, failed: 0, skipped: 0 }, { passed: 2, failed: 1, skipped: 0 });
  expect(closingLine(counts)).toBe('3 passed, 1 failed');
  expect(closingLine({ ...counts, skipped: 4 })).toBe('3 passed, 1 failed, 4 skipped');
});

test.each([['-t'], ['--watch']])('the script refuses %s, and runs nothing', async (flag) => {
  const script = fileURLToPath(new URL('../../scripts/test.ts', import.meta.url));
  const { code, stdout, stderr } = await runProgram('node', [script, flag, 'test/state']);
  expect(code).toBe(2);
  expect(stderr).toContain(`Unknown option '${flag}'.\nUsage: `);
  expect(stdout).toBe('');
});
