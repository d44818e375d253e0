import { describe, expect, test } from 'vitest';
import { formatIssue, type ParseResult } from '../../src/producer/manifest/issue.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import type { ImageRequest, ManifestImage } from '../../src/shared/image/image-request.ts';

type Fields = Readonly<Record<string, unknown>>;

const URL = 'bucket:web.raw';
const WEB: Fields = { name: 'web', image_url: URL, min_disk: 40 };

/** JSON is YAML, so a test can write only what differs from a sound image. */
function parse(content: Fields, file = 'test.yaml'): ParseResult {
  return parseManifest(new TextEncoder().encode(JSON.stringify(content)), file);
}

function images(content: Fields): readonly ManifestImage[] {
  const result = parse(content);
  if (!result.ok) throw new Error(result.issues.map(formatIssue).join('\n'));
  return result.manifest.images;
}

/** The request that one image becomes. */
function request(image: Fields, defaults: Fields = {}): ImageRequest | undefined {
  return images({ defaults, images: [{ ...WEB, ...image }] })[0]?.request;
}

/** What is wrong with one image, without its place. */
function faults(image: Fields, defaults: Fields = {}): readonly string[] {
  const result = parse({ defaults, images: [{ ...WEB, ...image }] });
  return result.ok ? [] : result.issues.map(({ field, message }) => `${field}: ${message}`);
}

const IN_NEITHER = { name: 'web', image_url: URL, min_disk: 40, copy: 1 };

describe('the request', () => {
  test('of a system disk has every field that was written', () => {
    const written = {
      ...{ description: 'A web server', os_type: 'Linux', os_version: 'CentOS 7.6 64bit' },
      ...{ is_config: true, is_config_init: false, type: 'ECS', architecture: 'arm' },
      ...{ hw_firmware_type: 'uefi', max_ram: 0, min_ram: 1024, enterprise_project_id: '0' },
      cmk_id: '12345678-90ab-4cde-8f01-234567890abc',
    };
    expect(request(written)).toEqual({
      ...IN_NEITHER,
      ...written,
      kind: 'system',
      quick_import: false,
    });
  });

  test('of a data disk has neither kind alias nor priority', () => {
    expect(request({ type: 'DataImage', min_disk: 2048, priority: 3, tags: ['a.b'] })).toEqual({
      ...IN_NEITHER,
      ...{ kind: 'data', quick_import: false, min_disk: 2048, tags: [{ key: 'a', value: 'b' }] },
    });
  });

  test('of a quick import has quick_import and no is_quick_import', () => {
    const quick = { is_quick_import: true, os_version: 'CentOS 7.6 64bit', type: 'BMS' };
    expect(request(quick)).toEqual({
      ...IN_NEITHER,
      ...{ kind: 'system', quick_import: true, os_version: 'CentOS 7.6 64bit', type: 'BMS' },
    });
  });

  test('keeps data disks with their tags as pairs', () => {
    const disk = { image_url: 'bucket:data.raw', min_disk: 100, is_quick_import: true };
    const pair = { key: 'b', value: 'c.d' };
    const disks = [
      { ...disk, tags: ['b.c.d'] },
      { image_url: 'bucket:e.raw', min_disk: 1 },
    ];
    expect(request({ data_images: disks })?.data_images).toEqual([
      { ...disk, tags: [pair] },
      { image_url: 'bucket:e.raw', min_disk: 1 },
    ]);
  });

  test('contains no undefined', () => {
    expect(Object.values(request({ data_images: [] }) ?? {})).not.toContain(undefined);
  });
});

describe('defaults', () => {
  test('fill what an image lacks, needed fields too', () => {
    const defaults = { min_disk: 40, name: 'shared', copy: 5, priority: 7 };
    const [image] = images({ defaults, images: [{ image_url: URL }] });
    expect(image?.request).toMatchObject({ name: 'shared', min_disk: 40, copy: 5 });
    expect(image?.priority).toBe(7);
  });

  test('are replaced, not merged, by the field of an image', () => {
    const defaults = { tags: ['team.storage', 'wave.one'], is_config: true, max_ram: 64 };
    expect(request({ tags: ['own.tag'], is_config: false, max_ram: 0 }, defaults)).toMatchObject({
      ...{ tags: [{ key: 'own', value: 'tag' }], is_config: false, max_ram: 0 },
    });
    expect(request({ tags: [] }, defaults)?.tags).toEqual([]);
  });

  test.each([
    { own: 'image_tags', image: { image_tags: [{ key: 'b', value: '' }] }, tags: ['a.1'] },
    { own: 'tags', image: { tags: ['b'] }, image_tags: [{ key: 'a', value: '1' }] },
  ])('give way to $own of an image', ({ image, own: _, ...defaults }) => {
    expect(request(image, defaults)?.tags).toEqual([{ key: 'b', value: '' }]);
  });

  test.each([
    [{ is_quick_import: false }, { quick_import: true }],
    [{ quick_import: false }, { is_quick_import: true }],
  ])('%j of an image wins over %j', (image, defaults) => {
    expect(request(image, defaults)?.quick_import).toBe(false);
  });

  test.each([
    [{ kind: 'system' }, { type: 'DataImage' }, 'system'],
    [{ type: 'DataImage' }, { kind: 'system' }, 'data'],
    [{ kind: 'data' }, { type: 'ECS' }, 'data'],
    [{ type: 'ECS' }, { kind: 'system' }, 'system'],
  ])('%j of an image with the default %j', (image, defaults, kind) => {
    expect(request(image, defaults)?.kind).toBe(kind);
  });

  test('that no image uses are checked all the same', () => {
    expect(faults({}, { os_version: 7 })).toEqual([
      'defaults.os_version: is 7, not text: put it in quotes; it must be a name that IMS lists, such as "CentOS 7.6 64bit"',
    ]);
  });

  test('that are empty are none', () => {
    expect(images({ defaults: null, images: [WEB] })).toHaveLength(1);
    expect(images({ defaults: {}, images: [WEB] })).toHaveLength(1);
  });
});

describe('words for the same thing', () => {
  test.each([
    [{ kind: 'data', type: 'DataImage' }, 'data', false],
    [{ quick_import: true, is_quick_import: true, kind: 'data' }, 'data', true],
    [{ quick_import: false, is_quick_import: false }, 'system', false],
  ])('%j agree', (image, kind, quick_import) => {
    expect(request(image)).toEqual({ ...IN_NEITHER, kind, quick_import });
  });

  test.each([
    {
      image: { quick_import: true, is_quick_import: false, kind: 'data' },
      fault: 'images[0].is_quick_import: contradicts quick_import; keep one of the two',
    },
    {
      image: { kind: 'system', type: 'DataImage' },
      fault: 'images[0].type: is "DataImage", but kind is system; use kind: data',
    },
    {
      image: { tags: ['a'], image_tags: [{ key: 'a', value: '' }] },
      fault: 'images[0].image_tags: cannot be used together with tags; keep one of the two',
    },
    {
      image: { kind: 'data', type: 'ECS' },
      fault: 'images[0].type: cannot be used for a data disk; remove it',
    },
  ])('$image contradict each other', ({ image, fault }) => {
    expect(faults(image)).toEqual([fault]);
  });
});

describe('min_disk', () => {
  test.each([
    [{ min_disk: 1 }, 0],
    [{ min_disk: 1024 }, 0],
    [{ min_disk: 1025 }, 1],
    [{ min_disk: 2048, kind: 'data' }, 0],
    [{ min_disk: 2049, kind: 'data' }, 1],
    [{ min_disk: 1024, kind: 'data', quick_import: true }, 0],
    [{ min_disk: 1025, kind: 'data', quick_import: true }, 1],
  ])('%j has %i errors', (image, count) => {
    expect(faults(image)).toHaveLength(count);
  });
});

describe('count, priority and copy', () => {
  test('a count that is right is accepted, one that is not names both numbers', () => {
    expect(images({ count: 1, images: [WEB] })).toHaveLength(1);
    const result = parse({ count: 2, images: [WEB] });
    expect(result.ok ? [] : result.issues.map(formatIssue)).toEqual([
      'test.yaml:1:10 count: is 2, but the file has 1 image; it may be cut off',
    ]);
  });

  test('a priority goes to the queue and not to IMS', () => {
    const [first, second] = images({
      images: [
        { ...WEB, priority: 2_097_152 },
        { ...WEB, copy: 2 },
      ],
    });
    expect(first?.priority).toBe(2_097_152);
    expect(first?.request).not.toHaveProperty('priority');
    expect(second).not.toHaveProperty('priority');
  });

  test.each([{ priority: 0 }, { priority: 2_097_153 }, { copy: 0 }, { copy: 1.5 }, { copy: '2' }])(
    '%j is refused with what it must be',
    (image) => {
      expect(faults(image)).toEqual([
        expect.stringContaining('it must be a whole number from 1 to'),
      ]);
    },
  );
});

describe('the same image again', () => {
  test('with the same name, file and kind is an error that names the first line', () => {
    const text = [
      'images:',
      '  - {name: web, image_url: "bucket:web.raw", min_disk: 40}',
      '  - {name: other, image_url: "bucket:other.raw", min_disk: 40}',
      '  - {name: web, image_url: "bucket:web.raw", min_disk: 80, copy: 1}',
    ].join('\n');
    const result = parseManifest(new TextEncoder().encode(text), 'test.yaml');
    expect(result.ok ? [] : result.issues.map(formatIssue)).toEqual([
      'test.yaml:4:5 images[2]: is the same import as on line 2; remove it, or give it copy: 2 to import the file twice',
    ]);
  });

  test.each([
    [{ copy: 2 }, 0],
    [{ image_url: 'bucket:other.raw' }, 1],
    [{ name: 'other' }, 1],
  ])('with %j is accepted with %i warnings', (change, count) => {
    const result = parse({ images: [WEB, { ...WEB, ...change }] });
    expect(result.ok).toBe(true);
    expect(result.warnings).toHaveLength(count);
  });
});
