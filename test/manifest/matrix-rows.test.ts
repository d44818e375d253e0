import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const FIXTURES = fileURLToPath(new URL('../fixtures/manifests', import.meta.url));

/**
 * Rows of the bad-input matrix without a fixture, and where they are proved. Every other row from 1
 * to 66 has a file whose name begins with its number. Numbers above 67 are ours. What design.md
 * amends: 15 to 17 (aliases and merge keys are accepted up to 100 uses), 22 (64 MB), 23 (200,000
 * images), 31 (the same import twice; only a name twice is a warning).
 */
const ELSEWHERE: Readonly<Record<number, string>> = {
  22: 'bad-input.test.ts: 64 MB',
  23: 'bad-input.test.ts: 200,000 images',
  57: 'bad-input.test.ts: a folder, a link, a pipe and a device',
  58: 'read-file.test.ts: a file that may not be read',
  59: 'bad-input.test.ts: a file name with control characters',
  60: 'watch: which names are ignored',
  61: 'watch: a file that still grows; read-file.test.ts: a file that changes',
  63: 'read-file.test.ts: a file that is removed while it is read',
  64: 'watch and submit: the same file again',
};

describe('the bad-input matrix', () => {
  const names = [
    ...readdirSync(`${FIXTURES}/invalid`).filter((name) => !name.endsWith('.txt')),
    ...readdirSync(`${FIXTURES}/valid`),
  ];
  const withFixture = new Set(names.map((name) => Number.parseInt(name, 10)));

  test('has a fixture or another proof for every row about manifests', () => {
    const rows = Array.from({ length: 66 }, (_, index) => index + 1);
    const missing = rows.filter((row) => !withFixture.has(row) && ELSEWHERE[row] === undefined);
    expect(missing).toEqual([]);
  });

  test('names no row as proved elsewhere that has a fixture', () => {
    const twice = Object.keys(ELSEWHERE).filter((row) => withFixture.has(Number(row)));
    expect(twice).toEqual([]);
  });
});
