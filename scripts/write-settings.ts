import { readFileSync, writeFileSync } from 'node:fs';
import { SETTINGS } from '../src/shared/config/settings.ts';

const README = new URL('../README.md', import.meta.url);
const BEGIN = /<!-- settings:begin[^>]*-->\n/;
const END = '<!-- settings:end -->';

/** The README with its table of settings made anew. */
export function withSettings(readme: string): string {
  const begin = BEGIN.exec(readme);
  const end = readme.indexOf(END);
  if (!begin || end < 0) throw new Error('README.md has lost the marks of its settings table');
  const rows = SETTINGS.map(
    ({ name, default: value, meaning }) => `| \`${name}\` | ${shown(value)} | ${meaning} |`,
  );
  const table = ['| variable | default | meaning |', '|---|---|---|', ...rows].join('\n');
  return `${readme.slice(0, begin.index + begin[0].length)}${table}\n${readme.slice(end)}`;
}

/** A value as code, words as they are. */
function shown(value: string): string {
  return value === '' || value.includes(' ') ? value : `\`${value}\``;
}

if (import.meta.main) writeFileSync(README, withSettings(readFileSync(README, 'utf8')));
