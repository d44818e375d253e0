import { globSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decode } from '../../src/producer/manifest/decode.ts';
import { readPlain } from '../../src/producer/manifest/plain/read-plain.ts';
import { readYaml } from '../../src/producer/manifest/read-yaml.ts';

/** What is taken for plain is what the YAML parser reads, to the line of each image. */
function expectSame(text: string): boolean {
  const plain = readPlain(text);
  if (!plain) return false;
  const yaml = readYaml(text);
  if (!yaml.ok) throw new Error(`is no YAML, but was read:\n${text}`);
  expect(plain.value).toStrictEqual(yaml.value);
  const lines = plain.imageLines.map((_, index) => yaml.placeOf(['images', index]).line);
  expect(plain.imageLines).toEqual(lines);
  return true;
}

const VALUES = [
  ...[
    'web',
    'a b',
    'bucket:dir/x.raw',
    'x:y',
    '/a',
    '_a',
    'a,b',
    'a-b',
    "a'b",
    'a"b',
    'a?b',
    'a&b',
  ],
  ...['40', '0', '007', '1.5', '1e3', '1.', '0x1F', '0o17', '7-1', '1_000', '12e-4', '1e', '1.2.3'],
  ...['true', 'True', 'null', 'no', 'on', 'y', '~', '', 'nan', '.nan', '-1', '+1', '2026-01-01'],
  ...['123456789012345', '1234567890123456789', 'infinity', '0b1', '0x', '1:2', '190:20:30'],
  ...['"a b"', "'a b'", '"a\\n"', "'it''s'", '"', "'", '""', "''", '"a" b', '"#"', "'a: b'"],
  ...['a: b', 'a:', 'a #b', 'a#b', '#', '{}', '[]', '[a, b]', '[a,b]', '[ a , 1 ]', '[a,]', '[,]'],
  ...['[[a], [b]]', '{a: b}', '{ a: 1, b: "c" }', '{a}', '{a:b}', '{"a":1}', '{"a": [true]}'],
  ...[
    '{a: b, a: c}',
    '[a:b]',
    '[a:, b]',
    '[a: b]',
    '{a : b}',
    '[a b:]',
    '[a\n  b]',
    '[a]]',
    '{a: }',
  ],
  ...[
    '|\n    text',
    '>-\n    folded',
    '&a x',
    '*a',
    '!!str x',
    '%a',
    '@a',
    '`a`',
    '- a',
    '? a',
    '-',
  ],
  ...[
    '图像',
    'ü',
    'a ü',
    'a\u00a0',
    'a\ufeff',
    'a\u2028b',
    'a\u0085',
    'a  ',
    'a\\',
    '<<',
    '$a',
    '(a)',
  ],
];
const KEYS = [
  'name',
  'image_url',
  'tags',
  'images',
  'defaults',
  'true',
  'null',
  'a1',
  '"name"',
  'A',
];
const KEY_ENDS = [
  ': ',
  ':  ',
  ':',
  ' : ',
  ':\n',
  ':\n  ',
  ':\n    ',
  ': \n- ',
  ':\n  - ',
  ':\n    - ',
];
const STARTS = [
  '',
  '  ',
  '    ',
  '- ',
  '  - ',
  '    - ',
  '-   ',
  '  -\n    ',
  '# told\n',
  '\n',
  '   #\n',
];
const FIRST = ['', 'images:\n', '---\nimages:\n', '# told\n', 'images: # told\n', 'images:\n-\n'];
const ENDS = [
  '\n',
  '\n',
  '\n',
  ' \n',
  '\n\n',
  '',
  '\r\n',
  '\t\n',
  '# told\n',
  '   #told: - "\n',
  '\r \n',
  '\r',
  '\n---\n',
  '\n...\n',
];

/** Texts in which all is odd are refused at once, and say nothing. */
function mostly(plain: readonly string[], odd: readonly string[]): fc.Arbitrary<string> {
  return fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom(...plain) },
    { weight: 1, arbitrary: fc.constantFrom(...odd) },
  );
}

describe('a text that is taken for plain', () => {
  test('is what the YAML parser makes of it, whatever its lines hold', () => {
    const line = fc
      .tuple(
        mostly(['  - ', '    ', '    '], STARTS),
        fc.option(mostly(['name', 'tags', 'kind', 'min_disk', 'copy'], KEYS), { freq: 9 }),
        mostly([': '], KEY_ENDS),
        mostly(['web', '40', '"a"', '[a, b]', '{ name: a }'], VALUES),
        mostly(['\n', '\n', ' # told\n', '\r\n'], ENDS),
      )
      .map(([start, name, sign, is, end]) => `${start}${name ?? ''}${name ? sign : ''}${is}${end}`);
    const text = fc
      .tuple(mostly(['images:\n  - copy: 1\n'], FIRST), fc.array(line, { maxLength: 6 }))
      .map(([first, lines]) => first + lines.join(''));
    let taken = 0;
    fc.assert(
      fc.property(text, (written) => {
        if (expectSame(written)) taken += 1;
      }),
      { numRuns: 4000 },
    );
    expect(taken).toBeGreaterThan(400);
  });

  test('is what the YAML parser makes of it for every value, in lines and in brackets', () => {
    for (const value of VALUES) {
      expectSame(`name: ${value}\n`);
      expectSame(`images:\n  - ${value}\n  - name: ${value}\n    copy: 2\n`);
      expectSame(`images:\n- { name: ${value}, copy: 2 }\n- { copy: 2, name: ${value} }\n`);
      expectSame(`images: [${value}, a]\n`);
      expectSame(`{"images": [\n{"name": ${value}},\n ${value}\n]\n}\n`);
    }
  });

  const sound = [
    readFileSync(new URL('../../manifests/example.yaml', import.meta.url), 'utf8'),
    'name: a\ndefaults: { min_disk: 40 }\nimages:\n  - { name: b, image_url: "c:d" }\n',
    'images:\n- name: a\n  tags:\n  - x.y\n  data_images:\n    - image_url: a:b\n      min_disk: 3\n',
    'name: a # told\r\nimages: # all\r\n  - name: b # "c\r\n    tags: [a, b]   #\r\n    min_disk: 40 #0\r\n',
    '{\n  "name": "a",\n  "images": [\n    { "name": "b", "tags": ["x.y"], "min_disk": 3 }\n  ]\n}\n',
  ];
  test('is what the YAML parser makes of it, however characters of it change', () => {
    const change = fc.record({
      at: fc.nat(),
      cut: fc.nat(3),
      put: fc.constantFrom(
        '',
        ...' \n:-#,[]{}"\'&*!|>%@?~.019aeE_\\<=',
        ': ',
        '- ',
        '  ',
        ' #',
        '\n  ',
        '\r\n',
      ),
    });
    fc.assert(
      fc.property(
        fc.constantFrom(...sound),
        fc.array(change, { minLength: 1, maxLength: 3 }),
        (text, changes) => {
          const written = changes.reduce((now, { at, cut, put }) => {
            const place = at % (now.length + 1);
            return now.slice(0, place) + put + now.slice(place + cut);
          }, text);
          expectSame(written);
        },
      ),
      { numRuns: 4000 },
    );
  });

  test.each(globSync(['manifests/*.yaml', 'test/fixtures/manifests/*valid/*']))(
    'is what the YAML parser makes of it: %s',
    (file) => {
      const decoded = decode(readFileSync(file));
      if (decoded.ok) expectSame(decoded.text);
    },
  );

  test('is what manifests are made of: lines, brackets, quotes, comments, line ends of any system, JSON', () => {
    for (const text of sound) expect(readPlain(text)).toBeDefined();
    expect(readPlain('---\n# told\nimages:\n\n  # told\n  - name: a: b\n')).toBeUndefined();
    expect(readPlain('images: # told\r\n  - name: a# b\r\n')).toBeUndefined();
    expect(readPlain('images: # told\r\n- name: a b  # c: d\r\n')).toEqual({
      value: { images: [{ name: 'a b' }] },
      imageLines: [2],
    });
    expect(readPlain('---\n# told\nimages:\n\n  # told\n  - name: a\n    # told\n')).toEqual({
      value: { images: [{ name: 'a' }] },
      imageLines: [6],
    });
  });

  test('is never one that makes an object of another kind', () => {
    for (const key of ['__proto__', 'constructor', 'prototype']) {
      expect(readPlain(`images:\n- ${key}: 1\n`)).toBeUndefined();
      expect(readPlain(`{"images": [{"${key}": {"a": 1}}]}`)).toBeUndefined();
    }
  });
});
