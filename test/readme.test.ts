import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withFields, withSettings } from '../scripts/write-settings.ts';
import { COMMANDS } from '../src/cli/command-list.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
test("the README's table of settings is current", () => {
  expect(withSettings(readme)).toBe(readme);
});

test('the table of names in docs/logins.md is current', () => {
  const logins = readFileSync(new URL('../docs/logins.md', import.meta.url), 'utf8');
  expect(withFields(logins)).toBe(logins);
});

test('the README names every command of the help text, and every exit code', () => {
  expect(COMMANDS.length).toBeGreaterThan(10);
  for (const { usage } of COMMANDS) expect(readme).toContain(`\`${usage.split(' ')[0]}`);
});
