import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { manifestJsonSchema } from '../../src/producer/manifest/json-schema.ts';
import { isFit, type Schema } from './check-json-schema.ts';

const MANIFESTS = fileURLToPath(new URL('../../manifests', import.meta.url));
const FIXTURES = fileURLToPath(new URL('../fixtures/manifests', import.meta.url));
const schema: Schema = JSON.parse(manifestJsonSchema());

/** Rules between fields or lines, which a JSON Schema cannot express or an editor does not need. */
const ONLY_VALIDATE = [
  ...['31-same-import-twice', '36-data-image-same-file', '36-data-images-same-file'],
  ...['37-quick-data-disk-extension', '37-quick-extension', '38-min-disk-1025'],
  ...['38-min-disk-exponent', '38-min-disk-hex', '38-min-disk-octal', '38-min-disk-quick-1025'],
  ...['39-ram-order', '42-iso-without-os-version', '42-quick-without-os-version'],
  ...['43-type-with-quick', '44-arm-bios', '47-tags-twice', '48-tag-key-twice', '49-marker-tag'],
  ...['49-marker-on-data-disk', '62-count-differs', '68-data-with-os-version'],
  ...['68-data-with-type', '68-quick-with-config', '69-default-too-large-for-kind'],
  ...['72-quick-conflict', '73-data-image-conflict', '34-image-url-no-colon'],
  ...['34-image-url-http', '55-variable', '55-description-variable'],
];
/** Rows about text and YAML, not about fields. */
const isAboutFields = (name: string) => {
  const row = Number.parseInt(name, 10);
  return row === 14 || (row >= 24 && name !== '55-template-bare.yaml');
};

function load(file: string): unknown {
  return parse(readFileSync(file, 'utf8'), { merge: true, logLevel: 'silent' });
}

const invalid = readdirSync(`${FIXTURES}/invalid`).filter(
  (name) => !name.endsWith('.txt') && isAboutFields(name),
);

describe('the published JSON Schema', () => {
  test('is up to date', () => {
    expect(readFileSync(`${MANIFESTS}/manifest.schema.json`, 'utf8')).toBe(manifestJsonSchema());
    expect(manifestJsonSchema()).toBe(manifestJsonSchema());
  });

  test.each(readdirSync(`${FIXTURES}/valid`))('takes %s', (name) => {
    expect(isFit(schema, load(`${FIXTURES}/valid/${name}`))).toBe(true);
  });

  test.each(['example.yaml', 'full.yaml', 'bulk.yaml'])('takes the example %s', (name) => {
    expect(isFit(schema, load(`${MANIFESTS}/${name}`))).toBe(true);
    const [first] = readFileSync(`${MANIFESTS}/${name}`, 'utf8').split('\n');
    expect(first).toBe('# yaml-language-server: $schema=./manifest.schema.json');
  });

  test.each(invalid)('agrees about %s', (name) => {
    const isLeftToValidate = ONLY_VALIDATE.includes(name.replace(/\.\w+$/, ''));
    expect(isFit(schema, load(`${FIXTURES}/invalid/${name}`))).toBe(isLeftToValidate);
  });

  test('has a public address, that of the repository', () => {
    const { repository } = JSON.parse(readFileSync('package.json', 'utf8'));
    const [, owner = 'ims-ferry/ims-ferry'] =
      /github\.com\/([^/]+\/[^/]+)\.git/.exec(repository?.url) ?? [];
    expect(schema['$id']).toBe(
      `https://raw.githubusercontent.com/${owner}/main/manifests/manifest.schema.json`,
    );
  });

  test.each([
    { images: [{ image_url: 'obs://my-bucket/a.raw', min_disk: 1 }] },
    { images: [{ image_url: 'https://my-bucket.obs.eu-de.otc.t-systems.com/a.raw', min_disk: 1 }] },
    { defaults: { bucket: 'my-bucket' }, images: [{ image_url: 'a/b:c.raw', min_disk: 1 }] },
    {
      'x-base': [1],
      images: [{ image_url: 'b-1:a', min_disk: 1, tags: { team: 'storage', wave: 1 } }],
    },
    { images: [{ image_url: 'b-1:$' + '{X}', min_disk: '$' + '{SIZE}' }] },
  ])('takes what is made canonical: %j', (value) => {
    expect(isFit(schema, value)).toBe(true);
  });

  test.each([
    { images: [{ image_url: 'obs://my-bucket/a?Signature=x', min_disk: 1 }] },
    { images: [{ image_url: '/a.raw', min_disk: 1 }] },
    { images: [{ image_url: 'b-1:a', min_disk: 1, tags: { team: ['x'] } }] },
    { images: [{ image_url: 'b-1:a', min_disk: 1, tags: { 'a=b': 'x' } }] },
    { images: [{ image_url: 'b-1:a', min_disk: '40' }] },
    { images: [{ image_url: 'b-1:a', min_disk: 1, 'x-own': 1 }] },
  ])('refuses what is not: %j', (value) => {
    expect(isFit(schema, value)).toBe(false);
  });

  test('describes every field and knows no others', () => {
    const objects = JSON.stringify(schema).split('"type":"object"').length - 1;
    const closed = JSON.stringify(schema).split('"additionalProperties":false').length - 1;
    const ofTags = JSON.stringify(schema).split('"propertyNames":').length - 1;
    expect(ofTags).toBe(4);
    expect(closed).toBe(objects - ofTags);
    const fields = Object.entries(schema.properties ?? {});
    const images = schema.definitions?.['image']?.properties ?? {};
    const mute = [...fields, ...Object.entries(images)].filter(
      ([, field]) => !field['description'],
    );
    expect(mute).toEqual([]);
    expect(Object.keys(images)).toHaveLength(28);
  });

  test('full.yaml has every field of an image', () => {
    const text = readFileSync(`${MANIFESTS}/full.yaml`, 'utf8');
    const images = schema.definitions?.['image']?.properties ?? {};
    // The other names of quick_import are for what is pasted.
    const missing = Object.keys(images).filter(
      (field) => field !== 'is_quick_import' && !new RegExp(`\\b${field}:`).test(text),
    );
    expect(missing).toEqual([]);
  });
});
