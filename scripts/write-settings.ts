import { readFileSync, writeFileSync } from 'node:fs';
import { FIELD_NAMES, FIELDS } from '../src/shared/config/cloud/fields.ts';
import { SETTINGS } from '../src/shared/config/settings.ts';

const PAGE = new URL('../docs/settings.md', import.meta.url);
const LOGINS = new URL('../docs/logins.md', import.meta.url);

/** docs/settings.md with a current table. */
export function withSettings(document: string): string {
  const rows = SETTINGS.map(
    ({ name, default: value, meaning }) => `| \`${name}\` | ${asCode(value)} | ${meaning} |`,
  );
  const table = ['| variable | default | meaning |', '|---|---|---|', ...rows];
  return between(document, 'settings', table);
}

/** docs/logins.md with a current table of names. */
export function withFields(document: string): string {
  const rows = FIELD_NAMES.map((field) => {
    const { env, file } = FIELDS[field];
    return `| ${listed(env)} | ${listed(file)} |`;
  });
  return between(document, 'fields', ['| environment | clouds.yaml |', '|---|---|', ...rows]);
}

function between(text: string, mark: string, lines: readonly string[]): string {
  const begin = new RegExp(`<!-- ${mark}:begin[^>]*-->\\n`).exec(text);
  const end = text.indexOf(`<!-- ${mark}:end -->`);
  if (!begin || end < 0) throw new Error(`the marks of the table of ${mark} are missing`);
  const head = text.slice(0, begin.index + begin[0].length);
  return `${head}${lines.join('\n')}\n${text.slice(end)}`;
}

function listed(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ');
}

/** Values as code, phrases as they are. */
function asCode(value: string): string {
  return value === '' || value.includes(' ') ? value : `\`${value}\``;
}

if (import.meta.main) {
  writeFileSync(PAGE, withSettings(readFileSync(PAGE, 'utf8')));
  writeFileSync(LOGINS, withFields(readFileSync(LOGINS, 'utf8')));
}
