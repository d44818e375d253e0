import { expect, test } from 'vitest';
import { numberedName } from '../../src/producer/watch/move-manifest.ts';
import { isManifestName, receiptName } from '../../src/producer/watch/scan-folder.ts';

test.each([
  'x.yaml',
  'x.yml',
  'x.json',
  'x.csv',
  'X.YAML',
  'X.CSV',
  'two words.yml',
  'Bücher.json',
  'a.b.yaml',
])('%s is read as a manifest', (name) => {
  expect(isManifestName(name)).toBe(true);
});

test.each([
  'x.yaml.result.json',
  'x.yaml.RESULT.JSON',
  'manifest.schema.json',
  '.x.yaml',
  '.#x.yaml',
  '#x.yaml#',
  '#x.yaml',
  'x.yaml~',
  '~x.yaml',
  '~$x.json',
  'x.yaml.tmp',
  'x.csv.tmp',
  '.~lock.x.csv#',
  'x.yaml.part',
  'x.yaml.swp',
  'x.yaml.filepart',
  'x.yaml.crdownload',
  '.x.yaml.8Jx2',
  '4913',
  'x.txt',
  'yaml',
  '.yaml',
])('%s is left alone', (name) => {
  expect(isManifestName(name)).toBe(false);
});

test('a receipt is never read as a manifest', () => {
  for (const name of ['x.yaml', 'x.json', 'a.result.yaml']) {
    expect(isManifestName(receiptName(name))).toBe(false);
  }
});

test('a second file of one name gets a number before its ending', () => {
  expect(numberedName('x.y.yaml', 1)).toBe('x.y.yaml');
  expect(numberedName('x.y.yaml', 2)).toBe('x.y.2.yaml');
});
