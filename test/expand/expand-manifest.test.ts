import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { expandManifest } from '../../src/producer/expand/expand-manifest.ts';
import {
  type ListBucket,
  listObjects,
  objectPattern,
} from '../../src/producer/expand/list-objects.ts';
import { writeManifest } from '../../src/producer/init/write-manifest.ts';
import { formatIssue } from '../../src/producer/manifest/issue.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import { basenameOf } from '../../src/producer/spelling/name-of-file.ts';
import { submitBatch } from '../../src/producer/submit-batch.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const PLACE = '$' + '{basename}';

/** A bucket of these objects, in pages of two. */
function bucketOf(objects: Readonly<Record<string, number>>): ListBucket {
  const keys = Object.keys(objects).toSorted((a, b) => (a < b ? -1 : 1));
  return async (_, prefix, after = '') => {
    const left = keys.filter((key) => key.startsWith(prefix) && key > after);
    const page = left.slice(0, 2);
    const found = page.map((key) => ({ key, size: objects[key] ?? 0, storageClass: 'STANDARD' }));
    const next = page.at(-1);
    return left.length > 2 && next !== undefined
      ? { kind: 'ok', objects: found, next }
      : { kind: 'ok', objects: found };
  };
}

function parsed(text: string) {
  const result = parseManifest(bytes(text), 'm.yaml');
  if (!result.ok) throw new Error(result.issues.map(formatIssue).join('\n'));
  return result.manifest;
}

async function expanded(text: string, objects: Readonly<Record<string, number>>) {
  const result = await expandManifest(parsed(text), bucketOf(objects));
  return result.ok
    ? { names: result.manifest.images.map(({ request }) => request.name), ...result }
    : { names: [], ...result, text: result.issues.map(formatIssue).join('\n') };
}

const MANY = `count: 5
defaults: { min_disk: 40, tags: [team.storage] }
images:
  - { name: first, image_url: "bucket:first.raw" }
  - { name: "vm-${PLACE}", description: "from ${PLACE}", image_url: "bucket:vm/*.qcow2", priority: 7 }
  - { name: last, image_url: "bucket:last.raw" }
`;
const VMS = { 'vm/a.qcow2': 1, 'vm/b.qcow2': 1, 'vm/c.qcow2': 1, 'vm/d.raw': 1, 'vm/x/e.qcow2': 1 };

describe('a list of a bucket', () => {
  const object = { key: 'vm/a.qcow2', size: 1, storageClass: 'STANDARD' };

  test('that contains unreadable entries: the rest is used, and a warning counts them', async () => {
    const page = { kind: 'ok', objects: [object], unread: 2 } as const;
    const result = await expandManifest(parsed(MANY.replace('count: 5\n', '')), async () => page);
    expect(result).toMatchObject({ ok: true });
    expect(result.warnings.map(formatIssue).join()).toContain(
      '2 objects of bucket whose list entries cannot be read',
    );
  });

  test('that is longer than the limit is an error, not the end', async () => {
    const objects = Array.from({ length: 100_000 }, () => object);
    let pages = 0;
    const list: ListBucket = async () => {
      pages += 1;
      return { kind: 'ok', objects, next: `after ${pages}` };
    };
    const left = (async () => {
      for await (const _ of listObjects({
        bucket: 'b',
        prefix: 'vm/',
        list,
        onUnread: () => undefined,
      }));
    })();
    await expect(left).rejects.toThrow('Bucket b has more than 1000000 objects under vm/.');
    expect(pages).toBe(11);
  });

  test('that never ends is an error, not the end', async () => {
    const endless: ListBucket = async () => ({ kind: 'ok', objects: [object], next: 'same' });
    await expect(expandManifest(parsed(MANY), endless)).rejects.toThrow(
      'every page leads to the same next page',
    );
  });
});

describe('a pattern', () => {
  test('becomes an image for each object, in its place, with all of its fields', async () => {
    const { names, ...result } = await expanded(MANY, VMS);
    expect(names).toEqual(['first', 'vm-a', 'vm-b', 'vm-c', 'last']);
    if (!result.ok) return expect.unreachable();
    expect(result.manifest.expands).toBeUndefined();
    expect(result.manifest.images[2]).toMatchObject({
      line: 5,
      priority: 7,
      request: {
        name: 'vm-b',
        image_url: 'bucket:vm/b.qcow2',
        description: 'from b',
        min_disk: 40,
        tags: [{ key: 'team', value: 'storage' }],
      },
    });
  });

  test('that was not expanded can never be registered', async () => {
    const flags = { retryFailed: false, recreate: false };
    const never = {} as Parameters<typeof submitBatch>[0];
    await expect(submitBatch(never, parsed(MANY), flags)).rejects.toThrow('must be expanded');
  });

  test('whose size of the disk is not known can never be registered either', async () => {
    const flags = { retryFailed: false, recreate: false };
    const never = {} as Parameters<typeof submitBatch>[0];
    const written = parsed('images: [{ name: a, image_url: "bucket:a.raw", min_disk: auto }]');
    await expect(submitBatch(never, written, flags)).rejects.toThrow('a size must be known');
    const disk = parsed(
      'images: [{ name: a, image_url: "bucket:a.raw", min_disk: 1, data_images: [{ image_url: "bucket:b.raw", min_disk: auto }] }]',
    );
    await expect(submitBatch(never, disk, flags)).rejects.toThrow('a size must be known');
  });

  test('that matches a file which does not look like an image warns about it', async () => {
    const text = `images: [{ name: "${PLACE}", min_disk: 1, image_url: "bucket:vm/*" }]`;
    const { names, warnings } = await expanded(text, { 'vm/a.raw': 1, 'vm/SHA256SUMS': 1 });
    expect(names).toEqual(['SHA256SUMS', 'a']);
    expect(warnings.map(({ message }) => message.split(',')[0])).toEqual([
      'is "bucket:vm/SHA256SUMS"',
    ]);
  });

  test('takes empty objects, which the plan refuses, and skips folders with a warning', async () => {
    const everything = MANY.replace('*.qcow2', '*');
    const objects = { 'vm/': 0, 'vm/a.qcow2': 1, 'vm/b.qcow2': 1, 'vm/c.qcow2': 0 };
    const { names, warnings } = await expanded(everything, objects);
    expect(names).toEqual(['first', 'vm-a', 'vm-b', 'vm-c', 'last']);
    expect(warnings.map(({ message }) => message)).toEqual(['skips bucket:vm/: it is a folder']);
  });

  test.each([
    {
      fact: 'that fits nothing',
      objects: { 'vm/a.raw': 1 },
      says: 'm.yaml:5:1 images[1].image_url: matches none of the objects under bucket:vm/ (1 listed)',
    },
    {
      fact: 'whose number of images differs from count',
      objects: { 'vm/a.qcow2': 1 },
      says: 'm.yaml:1:1 count: is 5, but with its patterns expanded the file has 3 images',
    },
    {
      fact: 'that makes a name which IMS does not take',
      objects: { ...VMS, 'vm/a+b.qcow2': 1 },
      says: 'makes a bad name from "bucket:vm/a+b.qcow2": it is "vm-a+b"; U+002B is not allowed',
    },
    {
      fact: 'that finds an object which IMS does not take',
      objects: { ...VMS, 'vm/a b.qcow2': 1 },
      says: 'matches "bucket:vm/a b.qcow2", a name that IMS does not accept',
    },
  ])('$fact is refused', async ({ objects, says }) => {
    const result = await expanded(MANY, objects);
    expect(result).toMatchObject({ ok: false });
    expect('text' in result ? result.text : '').toContain(says);
  });

  test('with one name for many objects is refused, for one it is not', async () => {
    const text = 'images: [{ name: one, min_disk: 1, image_url: "bucket:vm/*.qcow2" }]';
    expect(await expanded(text, VMS)).toMatchObject({ ok: false });
    expect((await expanded(text, { 'vm/a.qcow2': 1 })).names).toEqual(['one']);
  });

  test('that gives two objects one name is refused', async () => {
    const text = `images: [{ name: "${PLACE}", min_disk: 1, image_url: "bucket:**.qcow2" }]`;
    const result = await expanded(text, { 'a/web.qcow2': 1, 'b/web.qcow2': 1 });
    expect('text' in result ? result.text : '').toContain(
      'gives "bucket:a/web.qcow2" and "bucket:b/web.qcow2" the same name, "web"',
    );
  });
});

test.each([
  ['b:*.raw', 'a.raw', true],
  ['b:*.raw', 'd/a.raw', false],
  ['b:**.raw', 'd/a.raw', true],
  ['b:d/?.raw', 'd/a.raw', true],
  ['b:d/?.raw', 'd/ab.raw', false],
  ['b:a.b/*.raw', 'aXb/c.raw', false],
  ['b:(x)*', '(x)y', true],
])('%s and %s: %s', (pattern, key, fits) => {
  expect(objectPattern(pattern).matches(key)).toBe(fits);
});

test('the name of a file is what is left without folder and last ending', () => {
  expect(basenameOf('d/web.01.qcow2')).toBe('web.01');
  expect(basenameOf('.hidden')).toBe('.hidden');
  expect(basenameOf('plain')).toBe('plain');
});

describe('a manifest that init writes', () => {
  test('is valid, whatever the names of the objects are', () => {
    const ending = fc.constantFrom('.qcow2', '.RAW', '.vmdk', '.iso', '.ova', '.zvhd2', '', '.txt');
    const key = fc.tuple(fc.string({ unit: 'binary', maxLength: 150 }), ending);
    const object = fc.record({
      key: key.map(([name, end]) => `${name}${end}`),
      size: fc.integer({ min: 0, max: 2_000_000_000_000 }),
      storageClass: fc.constantFrom('STANDARD', 'COLD'),
    });
    const objects = fc.uniqueArray(object, { selector: (one) => one.key, maxLength: 30 });
    fc.assert(
      fc.property(objects, (listed) => {
        const { text, images, skipped } = writeManifest(listed, {
          bucket: 'my-bucket',
          schema: 's.json',
        });
        expect(images + skipped.length).toBe(listed.length);
        if (images > 0) expect(parsed(text).images).toHaveLength(images);
      }),
      { numRuns: 300 },
    );
  });

  test('comments out what IMS would refuse, and gives every image a different name', () => {
    const objects = [
      { key: 'a/web.qcow2', size: 3e9, storageClass: 'COLD' },
      { key: 'b/web.qcow2', size: 3e9, storageClass: 'STANDARD' },
      { key: 'b/notes.txt', size: 1, storageClass: 'STANDARD' },
    ];
    const { text, skipped } = writeManifest(objects, {
      bucket: 'my-bucket',
      schema: 's.json',
      minDisk: 50,
    });
    expect(text).toContain('# IMS would refuse this one: its storage class is COLD');
    expect(parsed(text).images.map(({ request }) => request.name)).toEqual(['web-2']);
    expect(text).toContain('\n  # - name: "web"\n  #   image_url: "my-bucket:a/web.qcow2"\n');
    expect(skipped).toEqual([
      'my-bucket:a/web.qcow2: its storage class is COLD; IMS imports only from Standard',
      'my-bucket:b/notes.txt does not end like an image file',
    ]);
  });

  test('includes .img files, with a comment on what to set', () => {
    const objects = [{ key: 'cloud.IMG', size: 3e9, storageClass: 'STANDARD' }];
    const { text, images } = writeManifest(objects, { bucket: 'my-bucket', schema: 's.json' });
    expect(images).toBe(1);
    expect(text).toContain('the file has 2.8 GB');
    expect(text).toContain('  # Set min_disk to the virtual size it shows; quick_import needs');
    expect(parsed(text).images.map(({ request }) => request.name)).toEqual(['cloud']);
  });
});
