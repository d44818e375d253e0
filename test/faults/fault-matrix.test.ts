import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { readAttacks } from '../../scripts/test/attacks.ts';

const ROWS = 123;
const text = readFileSync('docs/fault-matrix.md', 'utf8');

interface MatrixRow {
  readonly number: number;
  readonly cells: readonly string[];
}

function rowsOf(markdown: string): readonly MatrixRow[] {
  return markdown
    .split('\n')
    .filter((line) => /^\| *\d+ *\|/.test(line))
    .map((line) => {
      const [number = '', ...cells] = line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim());
      return { number: Number(number), cells };
    });
}

/** What is wrong with the last cell of a row: tests that do not exist, or neither test nor reason. */
function problemsOf({ number, cells }: MatrixRow): readonly string[] {
  if (cells.length !== 3 || cells.includes('')) return [`row ${number}: a cell is missing`];
  const shown = cells.at(-1) ?? '';
  if (/^not here: \S.{20,}/.test(shown)) return [];
  return shown.split('<br>').flatMap((named) => {
    const [, file = '', title = ''] = /^`([^`]+)` › (.+)$/.exec(named.trim()) ?? [];
    if (file === '' || !existsSync(`test/${file}`)) return [`row ${number}: no file in "${named}"`];
    return titlesOf(readFileSync(`test/${file}`, 'utf8')).has(title)
      ? []
      : [`row ${number}: ${file} has no test "${title}"`];
  });
}

/** Titles as they are written, `$what` and all: quoted, and followed by a function. */
function titlesOf(source: string): ReadonlySet<string> {
  const titles = source.matchAll(
    /\(\s*'((?:[^'\\]|\\.)+)',\s*(?:needing\([^)]*\),\s*)?(?:async )?\(/g,
  );
  return new Set([...titles].map(([, title = '']) => title.replaceAll("\\'", "'")));
}

test('each attack is shown by tests that can be run', () => {
  const attacks = readAttacks();
  expect(attacks).toHaveLength(15);
  for (const { name, files } of attacks) {
    expect(files, name).not.toEqual([]);
    for (const file of files) expect(existsSync(file), file).toBe(true);
  }
});

describe('the table of faults', () => {
  test('has every row once, in order', () => {
    const numbers = rowsOf(text).map(({ number }) => number);
    expect(numbers).toEqual(Array.from({ length: ROWS }, (_, index) => index + 1));
  });

  test('names only tests that exist, or gives the reason why there is none', () => {
    expect(rowsOf(text).flatMap(problemsOf)).toEqual([]);
  });

  test('would not get away with a wrong name', () => {
    const row = (shown: string) => `| 1 | a | b | ${shown} |`;
    const here = '`faults/fault-matrix.test.ts` › would not get away with a wrong name';
    const shownBy = (shown: string) => rowsOf(row(shown)).flatMap(problemsOf);
    expect(shownBy(here)).toEqual([]);
    expect(shownBy('pending')).toHaveLength(1);
    for (const wrong of [`${here}s`, '`faults/none.test.ts` › x', 'soon', '', 'not here: later']) {
      expect(shownBy(wrong)).toHaveLength(1);
    }
    expect(shownBy(`${here}<br>${here}s`)).toHaveLength(1);
  });
});
