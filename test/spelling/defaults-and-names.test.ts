import { describe, expect, test } from 'vitest';
import { expandManifest } from '../../src/producer/expand/expand-manifest.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import { readManifest } from '../support/read-manifest.ts';

describe('bucket', () => {
  test('is that of every file that names none, data disks and defaults included', () => {
    const { requests } = readManifest(`
defaults: {bucket: shared, min_disk: 40}
images:
  - {image_url: a/b.raw}
  - {image_url: a/c:d.raw, bucket: other}
  - {image_url: "own:e.raw"}
  - image_url: f.raw
    data_images: [{image_url: g.raw, min_disk: 1}, {image_url: "obs://own/h.raw", min_disk: 1}]
`);
    const [, , , last] = requests;
    expect(requests.map(({ image_url }) => image_url)).toEqual([
      ...['shared:a/b.raw', 'other:a/c:d.raw', 'own:e.raw', 'shared:f.raw'],
    ]);
    expect(last?.data_images?.map(({ image_url }) => image_url)).toEqual([
      'shared:g.raw',
      'own:h.raw',
    ]);
    expect(JSON.stringify(requests)).not.toContain('"bucket"');
  });

  test('that is wrong is reported once, where it is written, and not for each file', () => {
    const text =
      'defaults: {bucket: My_Bucket}\nimages: [{image_url: a.raw, min_disk: 1}, {image_url: b.raw, min_disk: 1}]';
    expect(readManifest(text).faults).toEqual([
      '1:20 defaults.bucket: is "My_Bucket"; it must be the name of a bucket (3 to 63 of a-z 0-9 - and .)',
    ]);
  });

  test('of an image must not contradict its address', () => {
    const text = 'images: [{image_url: "obs://one/a.raw", bucket: two, min_disk: 1}]';
    expect(readManifest(text).faults).toEqual([
      '1:49 images[0].bucket: is "two", but image_url names the bucket "one"; keep one of the two',
    ]);
  });

  test('works with patterns', async () => {
    const text =
      'images: [{image_url: "vm/*.raw", bucket: my-bucket, min_disk: 1}, {image_url: "obs://my-bucket/db/*.raw", min_disk: 1}]';
    const parsed = parseManifest(new TextEncoder().encode(text), 'm.yaml');
    if (!parsed.ok) return expect.unreachable();
    const result = await expandManifest(parsed.manifest, async (_, prefix) => {
      const objects = ['wéb', 'db'].map((name) => `${prefix}${name}.raw`);
      return {
        kind: 'ok',
        objects: objects.map((key) => ({ key, size: 1, storageClass: 'STANDARD' })),
      };
    });
    expect(result.ok ? [] : result.issues.map(({ message }) => message)).toEqual([
      ...[
        '"my-bucket:vm/wéb.raw" and "my-bucket:db/wéb.raw" the same name, "w-b"',
        '"my-bucket:vm/db.raw" and "my-bucket:db/db.raw" the same name, "db"',
      ].map((what) => `gives ${what}`),
    ]);
  });
});

describe('an image without a name', () => {
  const nameOf = (url: string) =>
    readManifest(JSON.stringify({ images: [{ image_url: url, min_disk: 1 }] })).requests[0]?.name;

  test.each([
    ['my-bucket:images/web-01.qcow2', 'web-01'],
    ['my-bucket:web.tar.gz', 'web.tar'],
    ['my-bucket:noending', 'noending'],
    ['my-bucket:.hidden', '.hidden'],
    ['my-bucket:a/b(1)+c&d.raw', 'b-1--c-d'],
    ['my-bucket:映像.raw', '映像'],
    ['my-bucket:é.raw', '-'],
    [`my-bucket:${'x'.repeat(200)}.raw`, 'x'.repeat(128)],
  ])('from %s is called %s', (url, name) => {
    expect(nameOf(url)).toBe(name);
  });

  test('takes the name of the defaults first', () => {
    const text = 'defaults: {name: shared}\nimages: [{image_url: "my-bucket:a.raw", min_disk: 1}]';
    expect(readManifest(text).requests[0]?.name).toBe('shared');
  });

  test('and another of the same name are refused, each named', () => {
    const text = `
images:
  - {image_url: "my-bucket:a/web.raw", min_disk: 1}
  - {image_url: "my-bucket:b/web.raw", min_disk: 1}
  - {image_url: "my-bucket:c/x.raw", min_disk: 1, name: web}
`;
    expect(readManifest(text).faults).toEqual([
      '3:5 images[0].name: is missing; by its file this image would be called "web", as the one on line 5 is',
      '4:5 images[1].name: is missing; by its file this image would be called "web", as the one on line 3 is',
    ]);
  });

  test('is imported again under the same name with copy', () => {
    const text =
      'images: [{image_url: "my-bucket:a.raw", min_disk: 1}, {image_url: "obs://my-bucket/a.raw", min_disk: 1, copy: 2}]';
    expect(readManifest(text)).toMatchObject({
      faults: [],
      requests: [{ name: 'a' }, { name: 'a', copy: 2 }],
    });
  });
});
