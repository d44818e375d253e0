import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import {
  HOME_KEYS,
  ledgerKeys,
  NAMED_KEYS,
  PATTERN_KEYS,
} from '../../src/shared/ledger/ledger-keys.ts';

const TABLES = { ...NAMED_KEYS, ...HOME_KEYS, ...PATTERN_KEYS };

test('docs/design.md lists every key of the ledger', () => {
  const text = readFileSync('docs/design.md', 'utf8');
  const documented = new Set([...text.matchAll(/^\| `([^`<]+)/gm)].map(([, name]) => name));
  const names = Object.values(TABLES).map(([name]) => name.replace(/[A-Z]+$/, ''));
  expect(names.filter((name) => !documented.has(name))).toEqual([]);
});

test('keys with a name in them begin as their table says', () => {
  const keys = ledgerKeys('ns@cloud');
  for (const [field, [name]] of Object.entries(PATTERN_KEYS)) {
    const start = `${keys.prefix}${name.replace(/[A-Z]+$/, '')}`;
    const make: unknown = Reflect.get(keys, field);
    if (typeof make !== 'function') throw new TypeError(`${field} is no key`);
    expect(make('x')).toBe(`${start}x`);
  }
  expect(keys.clouds).toBe('{imsferry:ns}:clouds');
  expect(keys.inFlight).toBe('{imsferry:ns@cloud}:inflight');
});
