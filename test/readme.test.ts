import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withFields, withSettings } from '../scripts/write-settings.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
test("the README's table of settings is current", () => {
  expect(withSettings(readme)).toBe(readme);
});

test('the table of names in docs/logins.md is current', () => {
  const logins = readFileSync(new URL('../docs/logins.md', import.meta.url), 'utf8');
  expect(withFields(logins)).toBe(logins);
});

test('the README names every command of the help text, and every exit code', () => {
  const folder = new URL('../src/cli/commands/', import.meta.url);
  const program = readdirSync(folder)
    .map((name) => readFileSync(new URL(name, folder), 'utf8'))
    .join('\n');
  const commands = [...program.matchAll(/\.command\('(\w+)/g)].map(([, command]) => command);
  expect(commands.length).toBeGreaterThan(10);
  for (const command of commands) expect(readme).toContain(`\`${command}`);
});
