import { readFileSync } from 'node:fs';

const TABLE = 'docs/fault-matrix.md';

/** An attack in the last table of docs/fault-matrix.md, with the test files of its rows. */
interface Attack {
  readonly name: string;
  /** Paths from the root of the repository. */
  readonly files: readonly string[];
}

export function readAttacks(): readonly Attack[] {
  const lines = readFileSync(TABLE, 'utf8').split('\n');
  const cells = lines.map((line) => line.split('|').map((cell) => cell.trim()));
  const files = new Map(
    cells.map(([, number = '', , , shown = '']) => [number, filesIn(shown)] as const),
  );
  return cells.flatMap(([, name = '', , rows = '']) => {
    if (!/^\d+(, \d+)*$/.test(rows)) return [];
    return [{ name, files: rows.split(', ').flatMap((number) => files.get(number) ?? []) }];
  });
}

function filesIn(shown: string): readonly string[] {
  return [...shown.matchAll(/`([^`]+\.test\.ts)` ›/g)].map(([, file]) => `test/${file}`);
}
