import { describe, expect, test } from 'vitest';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';

const IMAGES = 24;

/** After the first line, four lines per image; `broken` replaces the last line of some images. */
function manifest(broken: ReadonlyMap<number, string>, end = '\n'): string {
  const images = Array.from({ length: IMAGES }, (_, at) => [
    `  - name: web-${at}`,
    `    image_url: bucket:images/${at}.qcow2`,
    '    os_type: Linux',
    broken.get(at) ?? '    min_disk: 40',
  ]);
  return ['images:', ...images.flat(), ''].join(end);
}

function linesOf(text: string): readonly number[] {
  const result = parseManifest(new TextEncoder().encode(text), 'x.yaml');
  return result.ok ? [] : result.issues.map(({ line }) => line);
}

const lineOf = (image: number): number => 1 + 4 * (image + 1);

/** After these the parser continues. */
const PASSED = [
  '    min_disk: a: b',
  '    min_disk: @40',
  '    min_disk: |  x',
  '    min_disk: "40" x',
  '    min_disk 40',
  '\t    min_disk: 40',
  '    min_disk: a: b: c: d',
  '    description: "\\q"',
  '    tags: [a.b, [c, d: e: f]',
  '    min_disk: %40',
];
/** Here the document ends for the parser. */
const LOST = [
  '    min_disk: }',
  '    }',
  '}',
  '    min_disk: ]40',
  '    tags: [a.b]]',
  '    tags: {}}',
];

describe('two faults', () => {
  const pairs = PASSED.flatMap((first) => PASSED.map((second) => [first, second] as const));

  test.each(pairs)('%j and %j are each reported on their line', (first, second) => {
    for (const [one, other] of [
      [0, 1],
      [3, 17],
      [IMAGES - 2, IMAGES - 1],
    ] as const) {
      const broken = new Map([
        [one, first],
        [other, second],
      ]);
      // A bracket that never closes, or a tab at the start of a line, hides what follows.
      const isOpen = first.includes('[') || first.startsWith('\t');
      const expected = isOpen ? [lineOf(one)] : [lineOf(one), lineOf(other)];
      for (const end of ['\n', '\r\n']) expect(linesOf(manifest(broken, end))).toEqual(expected);
    }
  });

  test.each(['! ', '% ', '- ', '&', '"" '])(
    '%j at the start of a line is one fault, and the lines below it are none',
    (sign) => {
      const lines = manifest(new Map()).split('\n');
      const at = 4 * 3;
      lines[at] = `${sign}${lines[at]}`;
      const [first, ...others] = linesOf(lines.join('\n'));
      expect(Math.abs((first ?? 0) - (at + 1))).toBeLessThanOrEqual(2);
      expect(others).toEqual([]);
    },
  );

  test.each(LOST)('after %j nothing is reported, before it everything is', (lost) => {
    expect(linesOf(manifest(new Map([[3, lost]])))).toEqual([lineOf(3)]);
    const both = new Map([
      [2, '    min_disk: a: b'],
      [9, lost],
      [12, '    min_disk: c: d'],
    ]);
    expect(linesOf(manifest(both))).toEqual([lineOf(2), lineOf(9)]);
  });
});

test.each([
  '---',
  '---\n',
  '---\n---\n',
  '---\n...\n',
  '--- # the end\n',
  '...\n',
  '...\n---\n# nothing\n',
])('a manifest may end with %j', (end) => {
  expect(linesOf(`${manifest(new Map())}${end}`)).toEqual([]);
  expect(linesOf(`---\n${manifest(new Map())}${end}`)).toEqual([]);
});

test.each(['---\nimages: []\n', '---\nnull\n', '---\n- a\n', '---\n--- &a\n', '--- x'])(
  'a second document is refused: %j',
  (second) => {
    expect(linesOf(`${manifest(new Map())}${second}`)).toEqual([
      second.startsWith('---\n---') ? lineOf(IMAGES - 1) + 2 : lineOf(IMAGES - 1) + 1,
    ]);
  },
);

test('a file of empty documents is empty', () => {
  const result = parseManifest(new TextEncoder().encode('---\n---\n'), 'x.yaml');
  expect(result.ok ? [] : result.issues.map(({ message }) => message)).toEqual([
    'is empty: nothing to import',
  ]);
});
