import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ParseResult } from '../../src/producer/manifest/issue.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';

const EXAMPLES = fileURLToPath(new URL('../../manifests', import.meta.url));
const texts = readdirSync(EXAMPLES)
  .filter((name) => name.endsWith('.yaml'))
  .map((name) => readFileSync(`${EXAMPLES}/${name}`, 'utf8'));

/**
 * Never throws, and gives a reason for every refusal. Input that takes minutes is found by the time
 * limit of the whole run.
 */
function isHandled(bytes: Uint8Array): void {
  const hasVariables = bytes.length % 2 === 0;
  const variables = hasVariables ? { variables: { X: '1e3' } } : {};
  expectHandled(parseManifest(bytes, hasVariables ? '<stdin>' : 'any.yaml', variables));
  expectHandled(parseManifest(bytes, 'any.csv'));
}

function expectHandled(result: ParseResult): void {
  if (result.ok) return;
  expect(result.issues.length).toBeGreaterThan(0);
  expect(result.issues.length).toBeLessThanOrEqual(51);
  for (const { line, column, message } of result.issues) {
    expect(line).toBeGreaterThan(0);
    expect(column).toBeGreaterThan(0);
    expect(message).not.toMatch(/undefined|call stack|\[object/i);
  }
}

const encode = (text: string) => new TextEncoder().encode(text);
/** Pieces that YAML and the rules react to. */
const piece = fc.constantFrom(
  ...['\n', '  ', '\t', '- ', ': ', '{', '}', '[', ']', '"', "'", '#', '&a ', '*a', '<<: *a\n'],
  ...['|\n', '>-\n', '!!str ', '---\n', '...\n', '%YAML 1.1\n', '? ', ', ', '\u0000', '\u202e'],
  ...['null', '1e3', '.nan', '$', '{X}', '__proto__: 1\n', 'images:\n', 'defaults:\n', 'copy: 2\n'],
  ...[
    'name,image_url,min_disk\n',
    '""',
    ';',
    '\r',
    '//',
    '/*',
    '*/',
    'x-a: ',
    'obs://',
    '%2F',
    '?a=b',
  ],
  ...['a: &a [*a]\n', 'kind: data\n', 'quick_import: true\n', '😀', '\ud800'],
);

describe('the parser', () => {
  test('handles any bytes', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), isHandled), { numRuns: 500 });
  });

  test('handles any soup of YAML', () => {
    const soup = fc.array(piece, { maxLength: 60 }).map((parts) => encode(parts.join('')));
    fc.assert(fc.property(soup, isHandled), { numRuns: 1500 });
  });

  test('handles sound manifests with something cut out or put in', () => {
    const mutation = fc.record({
      text: fc.constantFrom(...texts),
      at: fc.nat(3000),
      cut: fc.nat(40),
      put: fc.array(piece, { maxLength: 4 }),
    });
    const mutated = mutation.map(({ text, at, cut, put }) =>
      encode(text.slice(0, at) + put.join('') + text.slice(at + cut)),
    );
    fc.assert(fc.property(mutated, isHandled), { numRuns: 500 });
  });

  test('handles any values in any fields', () => {
    const field = fc.constantFrom(
      ...[
        'bucket',
        'name',
        'image_url',
        'min_disk',
        'kind',
        'type',
        'tags',
        'image_tags',
        'data_images',
      ],
      ...['quick_import', 'is_quick_import', 'os_type', 'description', 'min_ram', 'max_ram'],
    );
    const value = fc.oneof(
      fc.constantFrom(
        'data',
        'DataImage',
        'bucket:web.raw',
        'obs://b-1/x',
        '$' + '{X}',
        'a.b',
        1,
        40,
        true,
        null,
        [],
        {},
      ),
      fc.jsonValue(),
    );
    const image = fc.dictionary(field, value, { maxKeys: 8 });
    const file = fc.record({ defaults: image, images: fc.array(image, { maxLength: 3 }) });
    const bytes = file.map((content) => encode(JSON.stringify(content)));
    fc.assert(fc.property(bytes, isHandled), { numRuns: 500 });
  });

  test.each([
    ['dashes in one line', '- '.repeat(100_000)],
    ['open brackets', '['.repeat(100_000)],
    ['open braces', '{a: '.repeat(50_000)],
    ['explicit keys', '? '.repeat(50_000)],
    ['deep indentation', Array.from({ length: 900 }, (_, at) => `${' '.repeat(at)}a:`).join('\n')],
    ['many documents', '---\n'.repeat(50_000)],
    ['one long line', `images: "${'x'.repeat(500_000)}"`],
    ['open quotes in a table', `name,image_url,min_disk\n${'"'.repeat(300_001)}`],
    ['many cells', `name,image_url,min_disk\n${','.repeat(300_000)}`],
    ['many comments', `{${'/* // */'.repeat(50_000)}`],
    ['slashes', `[${'/'.repeat(300_000)}`],
    ['many variables', `name: "${('$' + '{X}').repeat(50_000)}"`],
    ['many keys', Array.from({ length: 5000 }, (_, at) => `key${at}: 1`).join('\n')],
  ])('is not slowed down by %s', (_, text) => {
    isHandled(encode(text));
  });
});
