import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { countTests } from '../../scripts/count-tests.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'ims-ferry-count-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const loaded = { status: 'passed', assertionResults: [{ status: 'passed' }] };
const failing = { status: 'failed', assertionResults: [{ status: 'failed' }] };
const unloadable = { status: 'failed', assertionResults: [] };

test.each([
  { fact: 'all passed', files: [loaded], counts: [1, 0], passed: true, is: [1, 0] },
  { fact: 'one failed', files: [loaded, failing], counts: [1, 1], passed: false, is: [1, 1] },
  { fact: 'a broken file is one', files: [unloadable], counts: [0, 0], passed: false, is: [0, 1] },
  { fact: 'an error beside tests', files: [loaded], counts: [1, 0], passed: false, is: [1, 1] },
])('$fact', ({ files, counts: [numPassedTests, numFailedTests], passed, is }) => {
  const file = join(folder, 'report.json');
  writeFileSync(file, JSON.stringify({ numPassedTests, numFailedTests, testResults: files }));
  expect(countTests(file, passed)).toEqual({ passed: is[0], failed: is[1] });
});

test('a missing report is a failure', () => {
  expect(countTests(join(folder, 'none.json'), true)).toEqual({ passed: 0, failed: 1 });
});
