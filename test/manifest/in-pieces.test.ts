import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src/producer/manifest/decode.ts';
import type { IssueInFile, Path } from '../../src/producer/manifest/issue.ts';
import {
  type ReadResult,
  readYaml,
  type SoundText,
} from '../../src/producer/manifest/read-yaml.ts';

const WHOLE = Number.POSITIVE_INFINITY;
const fixtures = globSync('test/fixtures/manifests/*valid/*.{yaml,yml,YAML,json}').concat(
  globSync('manifests/*.yaml'),
);

/** The places of everything in a file, and of keys that are absent. */
function places(yaml: SoundText, value: unknown, path: Path = []): unknown[] {
  const own = [yaml.placeOf(path), yaml.placeOf(path, 'key'), yaml.placeOf([...path, 'absent'])];
  if (value === null || typeof value !== 'object') return own;
  const isList = Array.isArray(value);
  const inside = Object.entries(value).map(([key, item]) =>
    places(yaml, item, [...path, isList ? Number(key) : key]),
  );
  return [own, ...inside];
}

/** Sorted, as they are for people. */
function sortedFaults(read: ReadResult): readonly IssueInFile[] {
  if (read.ok) throw new Error('is sound');
  return read.faults.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

function expectSame(text: string): void {
  const whole = readYaml(text, WHOLE);
  for (const most of [1, 3]) {
    const inPieces = readYaml(text, most);
    if (whole.ok && inPieces.ok) {
      expect(inPieces.value).toEqual(whole.value);
      expect(places(inPieces, whole.value)).toEqual(places(whole, whole.value));
    } else expect(sortedFaults(inPieces)).toEqual(sortedFaults(whole));
  }
}

const ITEMS = [
  '- {name: a, image_url: b:c}',
  '- name: a\n  tags: [x, y]\n  description: >-\n    folded\n    text',
  '-\n  name: a\n  min_disk: 012',
  '-   name: "two\n      lines"\n    tags:\n    - x\n    - y',
  '- {name: a, # comment\n   name: b}',
  '# between\n- just text',
  '-',
  '- !!str tagged',
  '- {name: [unclosed}',
  '- &anchor {name: a}',
  '- *anchor',
  '- {<<: {min_disk: 3}, name: a}',
  '\t- {name: tab}',
  ' - {name: moved}',
  '- {name: a}   # after\n  # below',
  '- | \n  # no comment\n',
  '- - nested\n  - list',
];
const FLOW = ['{name: a}', '{"name": "b",\n"tags": ["x"]}', 'text', '', '? {a: 1}', '{a: 1}: x'];
const FRAMES: readonly ((list: string) => string)[] = [
  (list) => `name: n\nimages:\n${list}`,
  (list) => `images:\n${list}\ndefaults: {min_disk: 1}\n`,
  (list) => `images: # comment\n${list}\nimages:\n- {name: z}\n`,
  (list) => `other:\n${list}\n`,
  (list) => `"images":\n${list}\n---\nx: 1\n`,
];
const SEPARATORS = [',', ', ', '\n,', ',\n', ' # comment\n, ', ' ', ',,'];

describe('a file that is read in pieces', () => {
  test.each(fixtures)('reads the same as in one piece: %s', (file) => {
    const decoded = decode(readFileSync(file));
    if (decoded.ok) expectSame(decoded.text);
  });

  test('reads the same as in one piece, whatever its list of images contains', () => {
    const lists = fc.array(fc.constantFrom(...ITEMS), { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(lists, fc.constantFrom(...FRAMES), (items, frame) => {
        expectSame(frame(items.join('\n')));
      }),
      { numRuns: 600 },
    );
  });

  test('reads the same as in one piece in brackets, too', () => {
    const item = fc.tuple(fc.constantFrom(...FLOW), fc.constantFrom(...SEPARATORS));
    const weighted = fc.oneof(
      { weight: 5, arbitrary: fc.constant<[string, string]>(['{name: a}', ',\n']) },
      { weight: 2, arbitrary: item },
    );
    const lists = fc.array(weighted, { minLength: 3, maxLength: 9 });
    fc.assert(
      fc.property(lists, fc.boolean(), (items, isJson) => {
        const list = `[${items.flat().join('')}]`;
        expectSame(isJson ? `{"name": "n", "images": ${list}}` : `images: ${list}\n`);
      }),
      { numRuns: 600 },
    );
  });
});
