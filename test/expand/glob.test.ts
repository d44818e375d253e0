import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findRows, readView } from '../../src/dashboard/live/view.ts';
import { objectPattern } from '../../src/producer/expand/list-objects.ts';
import { compileGlob, type GlobRules } from '../../src/shared/image/glob.ts';
import {
  BATCH_NAME,
  DESCRIPTION,
  IMAGE_URL,
  NAME,
  OS_VERSION,
  TAG,
} from '../../src/shared/image/image-fields.ts';
import { isSlow } from '../setup/source-rules.ts';

const FOLDERS = { hasFolders: true };

/** What a pattern means, written down without a thought of how long it takes. */
function fits(pattern: string, text: string, rules: GlobRules = {}): boolean {
  const [stars = ''] = /^\*+/.exec(pattern) ?? [];
  const takes = (character: string): boolean => !rules.hasFolders || character !== '/';
  if (stars !== '') {
    const rest = pattern.slice(stars.length);
    if (fits(rest, text, rules)) return true;
    const isTaken = text !== '' && (stars.length > 1 || takes(text.charAt(0)));
    return isTaken && fits(pattern, text.slice(1), rules);
  }
  if (pattern === '' || text === '') return pattern === text;
  const isOne = pattern.startsWith('?') ? takes(text.charAt(0)) : pattern[0] === text[0];
  return isOne && fits(pattern.slice(1), text.slice(1), rules);
}

describe('a pattern', () => {
  test.each([
    ['*', 'anything', true],
    ['', '', true],
    ['', 'a', false],
    ['db-*', 'db-01', true],
    ['db-?', 'db-01', false],
    ['?', '𝒳', true],
    ['a.b', 'axb', false],
    ['x(1)+[a]\\', 'x(1)+[a]\\', true],
    ['*\n', 'a\n', true],
    [`${'a'.repeat(31)}?`, `${'a'.repeat(31)}/`, true],
  ])('%j fits %j: %j', (pattern, name, matches) => {
    expect(compileGlob(pattern).matches(name)).toBe(matches);
  });

  test.each([
    ['b:x/*.raw', 'x/a.raw', true],
    ['b:x/*.raw', 'x/y/a.raw', false],
    ['b:x/**.raw', 'x/y/a.raw', true],
    ['b:x?a', 'x/a', false],
    ['b:**/a/?', 'x/y/a/b', true],
  ])('over the objects of a bucket %j fits %j: %j', (url, key, matches) => {
    expect(objectPattern(url).matches(key)).toBe(matches);
  });

  test('means what it says, with and without folders', () => {
    const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 9 });
    const part = fc.constantFrom('a', 'b', '/', '?', '*', '**');
    const pattern = fc.array(part, { maxLength: 6 }).map((parts) => parts.join(''));
    const word = fc.constantFrom('', 'a'.repeat(29), 'b'.repeat(31), 'ab'.repeat(31));
    fc.assert(
      fc.property(word, pattern, text, (before, glob, name) => {
        for (const rules of [{}, FOLDERS]) {
          const found = compileGlob(before + glob, rules).matches(before + name);
          expect(found).toBe(fits(before + glob, before + name, rules));
        }
      }),
      { numRuns: 2000 },
    );
  });
});

test('addresses and texts of manifests are checked in linear time', () => {
  expect([IMAGE_URL, NAME, DESCRIPTION, OS_VERSION, BATCH_NAME, TAG].filter(isSlow)).toEqual([]);
});

describe('a hostile pattern', () => {
  const HOSTILE = [
    `${'*a'.repeat(100)}b`,
    `${'a*'.repeat(100)}b`,
    `${'?*'.repeat(100)}b`,
    `*${'a'.repeat(198)}b`,
    '*'.repeat(200),
    `${'**/'.repeat(66)}b`,
  ];

  test.each(HOSTILE)('%s reads each character once', (pattern) => {
    const read = (length: number): number => {
      let count = 0;
      const letters = function* (): Generator<string> {
        for (; count < length; count += 1) yield count % 3 === 2 ? '/' : 'a';
      };
      compileGlob(pattern, FOLDERS).matches(letters());
      compileGlob(pattern).matches('a'.repeat(length));
      return count;
    };
    // A generator that has ended yields no letters again.
    expect(read(100_000)).toBeLessThanOrEqual(100_000);
    expect(compileGlob(pattern).words).toBe(
      Math.floor(pattern.replaceAll('*', '').length / 31) + 1,
    );
  });

  test('in the search of the dashboard finds nothing among 2,000 long names', async () => {
    const row = (at: number) => ({
      ...{ key: String(at), name: 'a'.repeat(128), state: 'pending' as const, code: undefined },
      ...{ ids: '', source: '', finishedAt: undefined, waitingMs: undefined },
      ...{ inImsMs: undefined, inImsSince: undefined },
    });
    const rows = Array.from({ length: 2000 }, (_, at) => row(at));
    const found = await findRows(rows, readView({ q: `${'*a'.repeat(60)}*b` }), 0);
    expect(found.total).toBe(0);
  });
});
