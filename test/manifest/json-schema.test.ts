import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { manifestJsonSchema } from '../../src/producer/manifest/image-schema.ts';
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
  ...['72-quick-conflict', '73-data-image-conflict'],
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

  test('describes every field and knows no others', () => {
    const objects = JSON.stringify(schema).split('"type":"object"').length - 1;
    const closed = JSON.stringify(schema).split('"additionalProperties":false').length - 1;
    expect(closed).toBe(objects);
    const fields = Object.entries(schema.properties ?? {});
    const images = schema.definitions?.['image']?.properties ?? {};
    const mute = [...fields, ...Object.entries(images)].filter(
      ([, field]) => !field['description'],
    );
    expect(mute).toEqual([]);
    expect(Object.keys(images)).toHaveLength(24);
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
