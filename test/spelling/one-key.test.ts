import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { importKey } from '../../src/shared/image/import-key.ts';
import { type ReadManifest, readManifest } from '../support/read-manifest.ts';

const KEY = importKey({
  kind: 'system',
  name: 'web',
  image_url: 'my-bucket:images/web.qcow2',
  copy: 1,
});
const OTC = 'obs.eu-de.otc.t-systems.com';

/** Every way to write one image. */
const SOURCES = [
  'my-bucket:images/web.qcow2',
  'obs://my-bucket/images/web.qcow2',
  'OBS://my-bucket/images/web.qcow2',
  's3://my-bucket/images/web.qcow2',
  `https://my-bucket.${OTC}/images/web.qcow2`,
  `http://my-bucket.${OTC}/images/web.qcow2`,
  `https://my-bucket.${OTC}:443/images/web.qcow2`,
  `HTTPS://My-Bucket.OBS.eu-de.otc.t-systems.com./images/web.qcow2`,
  `https://${OTC}/my-bucket/images/web.qcow2`,
  'https://my-bucket.obs.cn-north-4.myhuaweicloud.com/images/web.qcow2',
  'https://obs.eu-ch2.sc.otc.t-systems.com/my-bucket/images/web.qcow2',
  'https://my-bucket.obs.myhuaweicloud.com/images/web.qcow2',
  `https://my-bucket.${OTC}/images%2Fweb.qcow2`,
  `https://my-bucket.${OTC}/%69mages/we%62%2eqcow2`,
];

const sourceLines = SOURCES.map((url) => `{image_url: ${JSON.stringify(url)}, min_disk: 40}`);
const IMAGES = [
  ...sourceLines,
  ...sourceLines.map((line) => line.replace('{', '{name: web, copy: 1, kind: system, ')),
  '{image_url: images/web.qcow2, bucket: my-bucket, min_disk: 40}',
  '{image_url: "$[DIR]/web.qcow2", bucket: "$[BUCKET]", min_disk: "$[SIZE]"}',
  '{image_url: "obs://$[BUCKET]/images/web.qcow2", name: "$[NAME]", min_disk: 40}',
];
const MANIFESTS: readonly (readonly [file: string, text: string])[] = [
  ...IMAGES.map((image) => ['m.yaml', `images: [${image}]`] as const),
  ...IMAGES.map((image) => ['m.yaml', `images: ${image}`] as const),
  ...IMAGES.map((image) => ['m.yaml', `[${image}]`] as const),
  ...IMAGES.map((image) => ['m.yaml', image] as const),
  [
    'm.yaml',
    'defaults: {bucket: my-bucket, min_disk: 40}\nimages: [{image_url: images/web.qcow2}]',
  ],
  [
    'm.yaml',
    'defaults: {image_url: "obs://my-bucket/images/web.qcow2", min_disk: 40}\nimages: [{copy: 1}]',
  ],
  [
    'm.yaml',
    'x-web: &web {image_url: "s3://my-bucket/images/web.qcow2"}\nimages: [{<<: *web, min_disk: 40}]',
  ],
  [
    'm.json',
    '{ // a comment\n"image_url": "obs://my-bucket/images/web.qcow2", /* another */ "min_disk": 40 }',
  ],
  ...SOURCES.map((url) => ['m.csv', `image_url,min_disk\n${url},40\n`] as const),
  ['m.csv', '\ufeffname;bucket;image_url;min_disk\r\n"web";my-bucket;images/web.qcow2;40\r\n'],
  ['<stdin>', 'min_disk,image_url\n40,$[SOURCE]'],
];
const VALUES = {
  DIR: 'images',
  BUCKET: 'my-bucket',
  SIZE: '40',
  NAME: 'web',
  SOURCE: `https://${OTC}/my-bucket/images/web.qcow2`,
};

function read(file: string, text: string): ReadManifest {
  const withVariables = text.replace(/\$\[(\w+)\]/g, '$${$1}');
  return readManifest(withVariables, file, { variables: VALUES, batch: 'wave' });
}

describe('every spelling of one image', () => {
  test.each(MANIFESTS)('in %s has one key: %s', (file, text) => {
    const { faults, keys, requests } = read(file, text);
    expect(faults).toEqual([]);
    expect(keys).toEqual([KEY]);
    expect(requests).toEqual([
      {
        ...{ kind: 'system', quick_import: false, name: 'web', copy: 1, min_disk: 40 },
        image_url: 'my-bucket:images/web.qcow2',
      },
    ]);
  });

  test('twice in one manifest is found as the same import', () => {
    for (const line of sourceLines.slice(1)) {
      const text = `images:\n  - ${sourceLines[0]}\n  - ${line}`;
      expect(read('m.yaml', text).faults.join()).toContain('is the same import as on line 2');
    }
  });

  test('of any key gives the key of bucket:object, or none where that is refused', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        'a',
        'B',
        '/',
        '%',
        '%20',
        '+',
        '#',
        ':',
        '.',
        '..',
        'é',
        'e\u0301',
        '日',
        '@',
        '~',
        '&',
      ),
      fc.string({ unit: 'grapheme', minLength: 1, maxLength: 3 }),
    );
    const objects = fc.array(piece, { minLength: 1, maxLength: 12 }).map((parts) => parts.join(''));
    fc.assert(
      fc.property(objects, (object) => {
        const keysOf = (url: string) =>
          readManifest(JSON.stringify({ images: [{ name: 'x', image_url: url, min_disk: 1 }] }))
            .keys;
        const expected = keysOf(`my-bucket:${object}`);
        if (/[*?]/.test(object)) return;
        expect(keysOf(`obs://my-bucket/${object}`)).toEqual(expected);
        if (!object.isWellFormed()) return;
        const path = object.split('/').map(encodeURIComponent).join('/');
        expect(keysOf(`https://my-bucket.${OTC}/${path}`)).toEqual(expected);
        expect(keysOf(`https://${OTC}/my-bucket/${path}`)).toEqual(expected);
      }),
      { numRuns: 500 },
    );
  });
});

describe('an address that names no object of OBS', () => {
  const faultsOf = (url: string) =>
    readManifest(JSON.stringify({ images: [{ name: 'x', image_url: url, min_disk: 1 }] })).faults;

  test.each([
    [`https://b-1.${OTC}/web.qcow2?AccessKeyId=AK&Signature=s3cr3t-canary`, 'has a query'],
    [`https://b-1.${OTC}/web.qcow2?versionId=s3cr3t-canary`, 'has a query'],
    ['obs://bucket/web.qcow2?Signature=s3cr3t-canary', 'has a query'],
    [`https://b-1.${OTC}/web.qcow2#s3cr3t-canary`, 'has a # that ends the address'],
    ['https://me:s3cr3t-canary@bucket.obs.eu-de.otc.t-systems.com/web', 'contains a user name'],
    ['obs://me:s3cr3t-canary@bucket/web.raw', 'contains a user name'],
    ['https://example.com/s3cr3t-canary.qcow2', 'is a URL that is not one of OBS'],
    ['https://bucket.obs.example/s3cr3t-canary.qcow2', 'is a URL that is not one of OBS'],
    ['https://bucket.obs-website.eu-de.otc.t-systems.com/s3cr3t-canary', 'is not one of OBS'],
    ['https://bucket.s3.amazonaws.com/s3cr3t-canary', 'is a URL that is not one of OBS'],
    ['ftp://bucket/s3cr3t-canary.raw', 'is a URL that is not one of OBS'],
    ['file:///s3cr3t-canary.raw', 'is a URL that is not one of OBS'],
    [`https://b-1.${OTC}:8443/s3cr3t-canary`, 'is a URL that is not one of OBS'],
    [`https://b-1.${OTC}/a%zz`, 'has a % without two hexadecimal digits'],
    [`https://b-1.${OTC}/caf%e9.raw`, 'has a % without two hexadecimal digits of UTF-8'],
    [`https://b-1.${OTC}/a%2Ab.raw`, 'names a key with * or ?'],
    [`https://b-1.${OTC}/`, 'names no object'],
    [`https://b-1.${OTC}`, 'names no object'],
    [`https://${OTC}/bucket`, 'names no object'],
    [`https://${OTC}//web.raw`, 'names no bucket'],
    [`https://${OTC}/buc:ket/web.raw`, 'has a bucket name with : or %'],
    ['obs://bucket', 'names no object'],
    ['obs:///web.raw', 'names no bucket'],
    ['obs://bucket:key/web.raw', 'names no bucket'],
    ['obs://Bucket/web.raw', 'has a bucket name with "B"'],
    [`https://b-1.${OTC}/a%20b.raw`, 'the key cannot contain spaces'],
    [`https://b-1.${OTC}/a/%2e%2e/b.raw`, 'the key cannot have . or .. as a folder'],
    [`https://b-1.${OTC}/folder/`, 'the key is a folder'],
  ])('%s is refused in words', (url, words) => {
    const faults = faultsOf(url);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(words);
    expect(faults[0]).toMatch(/^1:\d+ images\[0\]\.image_url: /);
    expect(faults[0]).not.toContain('s3cr3t-canary');
  });

  test('that is obs:// and looks encoded is taken as it is, with a warning', () => {
    const read = (url: string) =>
      readManifest(JSON.stringify({ images: [{ image_url: url, min_disk: 40 }] }));
    const { requests, warnings } = read('s3://my-bucket/a%2Fb.raw');
    expect(requests[0]?.image_url).toBe('my-bucket:a%2Fb.raw');
    expect(warnings).toEqual([
      '1:25 images[0].image_url: has %2F, which is a part of the key: only an https address is decoded',
    ]);
    expect(read('my-bucket:a%2Fb.raw').warnings).toEqual([]);
    expect(read(`https://${OTC}/my-bucket/a%2Fb.raw`).warnings).toEqual([]);
  });

  test('may have the name of the bucket in its host, dots and the word obs and all', () => {
    const sourceOf = (url: string) =>
      readManifest(JSON.stringify({ images: [{ image_url: url, min_disk: 1 }] })).requests[0]
        ?.image_url;
    expect(sourceOf(`https://my.obs.eu-de.bucket.${OTC}/x.raw`)).toBe('my.obs.eu-de.bucket:x.raw');
    expect(sourceOf(`https://obs.${OTC}/x.raw`)).toBe('obs:x.raw');
    expect(sourceOf(`https://${OTC}/obs/x.raw`)).toBe('obs:x.raw');
  });
});
