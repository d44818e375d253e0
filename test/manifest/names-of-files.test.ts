import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { ParseResult } from '../../src/producer/manifest/issue.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';

type Fields = Readonly<Record<string, unknown>>;

const WEB: Fields = { name: 'web', image_url: 'bucket:web.raw', min_disk: 40 };

function parse(content: Fields, file = 'test.yaml'): ParseResult {
  return parseManifest(new TextEncoder().encode(JSON.stringify(content)), file);
}

describe('the name of the batch', () => {
  const nameOf = (file: string, content: Fields = {}) => {
    const result = parse({ images: [WEB], ...content }, file);
    return result.ok && result.manifest.name;
  };

  test.each([
    ['/some/where/spring.yaml', 'spring'],
    ['spring.migration.yml', 'spring.migration'],
    ['a b  c.yaml', 'a b  c'],
    ['manifest.yaml', 'manifest'],
    ['-.yaml', 'manifest-3973e022'],
    ['../../\u001b[31m.yaml', '31m-83a73878'],
    ['映像.yaml', 'manifest-ceb4432b'],
    ['cafe\u0301.yaml', nameOf('caf\u00e9.yaml')],
    [`${'x'.repeat(240)}.yaml`, `${'x'.repeat(91)}-718df670`],
  ])('of %j is %j', (file, name) => {
    expect(nameOf(file)).toBe(name);
  });

  test('of two files differs as their names do', () => {
    const letters = [
      'a',
      'A',
      '-',
      '_',
      '.',
      ' ',
      'é',
      'ß',
      'ж',
      'λ',
      'ש',
      'ไ',
      '生',
      '産',
      '한',
      '🚢',
    ];
    const word = fc.array(fc.constantFrom(...letters), { minLength: 1, maxLength: 130 });
    const file = word.map((parts) => parts.join('')).filter((name) => !name.startsWith('.'));
    fc.assert(
      fc.property(fc.uniqueArray(file, { minLength: 2, maxLength: 20 }), (files) => {
        const names = files.map((name) => nameOf(`${name}.yaml`));
        expect(new Set(names).size).toBe(files.length);
      }),
      { numRuns: 200 },
    );
    expect(nameOf('生产.yaml')).not.toBe(nameOf('测试.yaml'));
  });

  test('in the file wins', () => {
    expect(nameOf('spring.yaml', { name: 'wave 2' })).toBe('wave 2');
  });

  test.each(['', 'a/b', ' a', 'x'.repeat(101), 'a\nb', '-a', 'a:b'])('is never %j', (name) => {
    expect(nameOf('spring.yaml', { name })).toBe(false);
  });
});

describe('the list of errors', () => {
  const broken = (count: number) => ({ images: Array.from({ length: count }, () => 0) });

  test('has all of 50', () => {
    const result = parse(broken(50));
    expect(result.ok ? [] : result.issues.map(({ field }) => field)).toEqual(
      Array.from({ length: 50 }, (_, index) => `images[${index}]`),
    );
  });

  test('ends after 50 with the number of further errors', () => {
    const result = parse(broken(51));
    const issues = result.ok ? [] : result.issues;
    expect(issues).toHaveLength(51);
    expect(issues.at(-1)).toMatchObject({ field: '', message: 'and 1 more' });
  });

  test('is in the order of the file, whatever found it', () => {
    const text = ['images:', '  - {nmae: web}', '  - 5', 'count: 7', 'defaults: []'].join('\n');
    const result = parseManifest(new TextEncoder().encode(text), 'test.yaml');
    const lines = result.ok ? [] : result.issues.map(({ line }) => line);
    expect(lines.length).toBeGreaterThan(3);
    expect(lines).toEqual(lines.toSorted((a, b) => a - b));
  });
});

describe('a file that does not look like an image by its name', () => {
  const warnings = (image: Fields): readonly string[] => {
    const result = parse({ images: [{ ...WEB, ...image }] });
    return result.warnings.map(({ field, message }) => `${field} ${message.split(';')[0]}`);
  };

  test.each([
    ['SHA256SUMS', 'does not look like an image'],
    ['disk.vhd.001', 'ends with .001'],
    ['disk.raw~', 'does not look like an image'],
    ['md5sum', 'does not look like an image'],
    ['README', 'does not look like an image'],
    ['notes.txt', 'ends with .txt'],
    ['web.qcow2.gz', 'ends with .gz'],
    ['web.vmdk.SHA256', 'ends with .SHA256'],
    ['web.7z', 'ends with .7z'],
    ['web.tar.xz', 'ends with .xz'],
  ])('%s is warned about', (file, why) => {
    const url = `bucket:images/${file}`;
    const text = `is "${url}", which ${why}`;
    expect(warnings({ image_url: url })).toEqual([`images[0].image_url ${text}`]);
    const disks = { data_images: [{ image_url: url, min_disk: 10 }] };
    expect(warnings(disks)).toEqual([`images[0].data_images[0].image_url ${text}`]);
  });

  test.each(['web.QCOW2', 'web.img', 'ubuntu-22.04', 'web', 'a.b/web', 'web.vhdx', 'x.zvhd'])(
    '%s is not',
    (file) => {
      expect(warnings({ image_url: `bucket:${file}` })).toEqual([]);
    },
  );
});
