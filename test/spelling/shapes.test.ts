import { describe, expect, test } from 'vitest';
import { readManifest } from '../support/read-manifest.ts';

/** As the documentation of IMS prints a request, with a comment. */
const DOCUMENTED = `{
    "name": "ims_test_file",      // the name of the image
    "description": "see http://example.com/ // no comment",
    /* two
       lines */ "image_url": "ims-image:centos70.qcow2",
    "os_version": "CentOS 7.0 64bit",
    "min_disk": 40,
    "image_tags": [{ "key": "aaa", "value": "111" }]
}
`;

describe('one image instead of a manifest', () => {
  test('with comments is read as the documentation of IMS prints it, with a word about both', () => {
    const { batch, requests, warnings, lines } = readManifest(DOCUMENTED, 'first.json');
    expect(batch).toBe('first');
    expect(lines).toEqual([1]);
    expect(requests).toEqual([
      expect.objectContaining({
        name: 'ims_test_file',
        description: 'see http://example.com/ // no comment',
        image_url: 'ims-image:centos70.qcow2',
        tags: [{ key: 'aaa', value: '111' }],
      }),
    ]);
    expect(warnings).toEqual([
      '2:35 JSON has no comments; this one and all others are ignored',
      ' is one image, not a manifest; it is read as a manifest of one image',
    ]);
  });

  test('keeps lines, columns and names of fields as they are written', () => {
    const text = DOCUMENTED.replace('"min_disk": 40', '"min_disk": 0, "colour": 1').replace(
      '111',
      'a=b',
    );
    expect(readManifest(text, 'first.json').faults).toEqual([
      '7:17 min_disk: is 0; it must be auto, or a whole number of GB from 1 to 1024 (data disks to 2048)',
      '7:20 colour: is not a field; ims-ferry schema lists all',
      '8:45 image_tags[0].value: has a value with "=" (U+003D); use letters, digits, spaces and _ . : + - @ /',
    ]);
  });

  test('keeps cloud, count and defaults for the manifest', () => {
    const text = 'cloud: otc\ncount: 2\ndefaults: {min_disk: 3}\nimage_url: my-bucket:a.raw';
    expect(readManifest(text).faults).toEqual([
      '2:8 count: is 2, but the file has 1 image; it may be cut off',
    ]);
    expect(readManifest(text.replace('2', '1')).requests[0]).toMatchObject({
      name: 'a',
      min_disk: 3,
    });
  });

  test.each([
    ['images: {image_url: "my-bucket:a.raw", min_disk: 0}', '1:50 images.min_disk: is 0'],
    [
      '- {image_url: "my-bucket:a.raw", min_disk: 1}\n- {image_url: "my-bucket:b.raw", min_disk: 0}',
      '2:44 [1].min_disk: is 0',
    ],
  ])('or of the list of images, or only the list: %s', (text, fault) => {
    expect(readManifest(text).faults[0]).toContain(fault);
    expect(readManifest(text.replaceAll(': 0', ': 2'))).toMatchObject({ faults: [] });
    expect(readManifest(text.replaceAll(': 0', ': 2')).warnings[0]).toContain('read as');
  });
});

describe('comments in JSON', () => {
  test.each([
    '{"images": [{"name": "x", // c\r\n"image_url": "b-1:a//b.raw", "min_disk": 0}]}',
    '// c\r\n{"images": [{"name": "x",     "image_url": "b-1:a//b.raw", "min_disk": 0}]}',
    '{"images": [{"name": "/*", /* // */\n /**/"image_url": "b-1:a//b.raw", "min_disk": 0,},]}',
  ])('change no place: %j', (text) => {
    const { faults } = readManifest(text, 'm.json');
    expect(faults).toHaveLength(text.includes('"/*"') ? 2 : 1);
    const lastLine = text.split('\n').at(-1) ?? '';
    expect(faults.at(-1)).toContain(`2:${lastLine.indexOf(': 0') + 3} images[0].min_disk`);
  });

  test.each([
    '{images: [{image_url: obs://my-bucket/a.raw, min_disk: 40}]}',
    'images:\n  - {image_url: "obs://my-bucket/a.raw", min_disk: 40}\n',
    '{"images": [{"image_url": obs://my-bucket/a.raw, "min_disk": 40}]}',
  ])('are not found where YAML has a text: %s', (text) => {
    expect(readManifest(text)).toMatchObject({
      faults: [],
      warnings: [],
      requests: [{ name: 'a' }],
    });
  });

  test('that never end are reported, not ignored', () => {
    expect(readManifest('{"images": [ /* c \n ]}', 'm.json').faults).not.toEqual([]);
  });
});

describe('fields that begin with x-', () => {
  test('at the top hold whatever an anchor needs, and only there', () => {
    const text = `
x-linux: &linux {min_disk: 40, tags: {team: storage}}
x-anything: [1, {two: null}]
images:
  - {<<: *linux, image_url: "my-bucket:a.raw"}
  - {<<: *linux, image_url: "my-bucket:b.raw", x-own: 1}
`;
    expect(readManifest(text).faults).toEqual([
      '6:48 images[1].x-own: is not a field; ims-ferry schema lists all',
    ]);
    const { requests } = readManifest(text.replace(', x-own: 1', ''));
    expect(requests.map(({ tags }) => tags)).toEqual([
      ...[[{ key: 'team', value: 'storage' }], [{ key: 'team', value: 'storage' }]],
    ]);
  });
});

describe('tags as a mapping', () => {
  const tagsOf = (tags: string) =>
    readManifest(`images: [{image_url: "my-bucket:a.raw", min_disk: 1, tags: ${tags}}]`);

  test('are those of the list, and may have a dot in the key', () => {
    const pairs = [
      { key: 'team', value: 'storage' },
      { key: 'wave', value: '1' },
      { key: 'plain', value: '' },
    ];
    expect(tagsOf('{team: storage, wave: 1, plain: ""}').requests[0]?.tags).toEqual(pairs);
    expect(tagsOf('[team.storage, wave.1, plain]').requests[0]?.tags).toEqual(pairs);
    expect(tagsOf('[{team: storage}, {wave: 1}, {plain: ""}]').requests[0]?.tags).toEqual(pairs);
    const api = '[{key: team, value: storage}, {key: wave, value: 1}, {key: plain, value: ""}]';
    expect(tagsOf(api).requests[0]?.tags).toEqual(pairs);
    expect(tagsOf('{a.b: c.d}').requests[0]?.tags).toEqual([{ key: 'a.b', value: 'c.d' }]);
    expect(tagsOf('{}').requests[0]?.tags).toEqual([]);
  });

  test('replace those of the defaults, whichever way both are written', () => {
    for (const defaults of ['tags: {a: b}', 'tags: [a.b]', 'image_tags: [{key: a, value: b}]']) {
      for (const own of ['tags: {c: d}', 'tags: [c.d]', 'image_tags: [{key: c, value: d}]']) {
        const text = `defaults: {${defaults}}\nimages: [{image_url: "my-bucket:a.raw", min_disk: 1, ${own}}]`;
        expect(readManifest(text)).toMatchObject({
          requests: [{ tags: [{ key: 'c', value: 'd' }] }],
        });
      }
    }
  });

  test.each([
    ['{a: 1.10}', '1:64 images[0].tags.a: is 1.1, not text: put it in quotes'],
    ['{a: true}', '1:64 images[0].tags.a: is true, not text: put it in quotes'],
    ['{a: }', '1:64 images[0].tags.a: is empty'],
    ['{a: [b]}', '1:64 images[0].tags.a: is a list'],
    ['{"a=b": c}', '1:61 images[0].tags.a=b: has a key with "="'],
    ['{a: b, c: "<"}', '1:70 images[0].tags.c: has a value with "<"'],
    ['[{a: b}, {c: "<"}]', '1:69 images[0].tags[1].value: has a value with "<"'],
    ['[{key: a}]', '1:61 images[0].tags[0].value: is missing'],
    ['[{a: b}, c.d]', '1:61 images[0].tags[0]: is a mapping'],
    ['{imsferry: x}', '1:71 images[0].tags.imsferry: has the key "imsferry"'],
    ['{a: b}, image_tags: []', 'images[0].image_tags: cannot be used together with tags'],
  ])('%s are refused at their place', (tags, fault) => {
    const { faults } = tagsOf(tags);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(fault);
  });

  test('of a data disk and of the defaults are reported at their place, too', () => {
    const text =
      'defaults: {tags: {a: "<"}}\nimages:\n  - image_url: my-bucket:a.raw\n    min_disk: 1\n    data_images: [{image_url: "my-bucket:b.raw", min_disk: 1, tags: {c: "<"}}]';
    expect(readManifest(text).faults.map((fault) => fault.split(': ')[0])).toEqual([
      ...['1:22 defaults.tags.a', '5:73 images[0].data_images[0].tags.c'],
    ]);
  });
});
