import { globSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { STATUSES } from '../../src/shared/state/machine.ts';
import { readStyles } from '../../src/ui/page.ts';
import { DISPLAY_ORDER, DISPLAY_STATES, ICONS } from '../../src/ui/states.ts';

const read = (pattern: string): string =>
  globSync(pattern)
    .map((file) => readFileSync(file, 'utf8'))
    .join('\n');

describe('every state', () => {
  test('of an import is shown, and held as well', () => {
    expect(new Set(DISPLAY_ORDER)).toEqual(new Set([...STATUSES, 'held']));
  });

  test.each(DISPLAY_ORDER)('%s has a class with its colours, and an icon', (state) => {
    const style = readStyles([]);
    expect(style).toContain(`.is-${state} { --state: var(--${state}); }`);
    expect(style).toMatch(new RegExp(`--${state}: light-dark\\(#\\w{6}, #\\w{6}\\);`));
    expect(ICONS.text).toContain(`<symbol id="mark-${state}"`);
  });

  test('differs from the others in label, colour and shape', () => {
    const shown = Object.values(DISPLAY_STATES);
    expect(new Set(shown.map(({ label }) => label)).size).toBe(shown.length);
    expect(new Set(shown.map(({ icon }) => icon)).size).toBe(shown.length);
    for (const at of [0, 1]) {
      expect(new Set(shown.map(({ colours }) => colours[at])).size).toBe(shown.length);
    }
  });
});

test('a page script names only states that exist', () => {
  const scripts = read('src/{dashboard,producer}/**/*.js');
  const named = [...scripts.matchAll(/\bis-(\w+)|style === '(\w+)'/g)];
  const states = named.map(([, one, other]) => one ?? other);
  expect(states).toContain('creating');
  expect(DISPLAY_ORDER).toEqual(expect.arrayContaining(states));
});

test('every class of a style sheet is used by a page', () => {
  const pages = read('src/{ui,dashboard,producer/report}/**/*.{ts,js}');
  const rules = read('src/{ui,dashboard,producer}/**/*.css').replace(
    /\/\*[^*]*\*\/|\{[^{}]*\}/g,
    '{}',
  );
  const classes = new Set([...rules.matchAll(/\.([a-z][\w-]*)/g)].map(([, name = '']) => name));
  const used = new Set(pages.match(/[a-z][\w-]*/g));
  // Icons of Bull Board, by which its buttons are known.
  const isOthers = (name: string): boolean => name.startsWith('is-') || name.startsWith('lucide-');
  const unused = [...classes].filter((name) => !used.has(name) && !isOthers(name));
  expect(classes.size).toBeGreaterThan(50);
  expect(unused).toEqual([]);
});
