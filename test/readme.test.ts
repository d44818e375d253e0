import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { withSettings } from '../scripts/write-settings.ts';
import { SETTINGS } from '../src/shared/config/settings.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const sources = ['load-config', 'read-endpoints', 'obs-config', 'dashboard-config', 'trace-config']
  .map((name) => new URL(`../src/shared/config/${name}.ts`, import.meta.url))
  .map((file) => readFileSync(file, 'utf8'))
  .join('\n');

test("the README's table of settings is current", () => {
  expect(withSettings(readme)).toBe(readme);
});

test('every setting that is read is listed, and none that is not', () => {
  const read = new Set(sources.match(/\b(OS|IMS|OBS|REDIS|LOG|OTEL)_[A-Z_]*[A-Z]\b/g));
  for (const word of [
    'OS_USER_DOMAIN_ID',
    'OS_PROJECT_ID',
    'OS_PROJECT_DOMAIN_ID',
    'LOG_LEVELS',
    'OS_CLOUD',
  ]) {
    read.delete(word);
  }
  expect(read).toEqual(new Set(SETTINGS.map(({ name }) => name)));
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
