import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { validate } from '../../src/cli/commands/validate.ts';
import { formatIssue, type ParseResult } from '../../src/producer/manifest/issue.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';

const VALID = fileURLToPath(new URL('../fixtures/manifests/valid', import.meta.url));

function parsed(name: string): ParseResult {
  return parseManifest(readFileSync(`${VALID}/${name}`), name);
}

function requests(name: string): readonly ImageRequest[] {
  const result = parsed(name);
  return result.ok ? result.manifest.images.map(({ request }) => request) : [];
}

const warnings = [
  {
    name: '31-same-name-other-file.yaml',
    lines: ['5:11 images[1].name: is also the name of the image on line 2'],
  },
  {
    name: '36-same-file-other-name.yaml',
    lines: ['6:16 images[1].image_url: is also the file of the image on line 2'],
  },
  {
    name: '40-os-version-unknown.yaml',
    lines: [
      '5:17 images[0].os_version: is "centos 7", which IMS may not know (IMG.0056); did you mean "CentOS 7.9 64bit", "CentOS 7.8 64bit" or "CentOS 7.7 64bit"?',
    ],
  },
  { name: '08-json-with-tabs.json', lines: [] },
  { name: '17-merge-keys.yaml', lines: [] },
  { name: '21-brackets-in-texts.yaml', lines: [] },
];

describe('a sound manifest', () => {
  test.each(warnings)('$name has exactly these warnings', ({ name, lines }) => {
    const found = parsed(name).warnings.map((issue) => formatIssue(issue).replace(`${name}:`, ''));
    expect(found).toEqual(lines);
  });

  test('merge keys add what the image lacks', () => {
    expect(requests('17-merge-keys.yaml')).toEqual([
      expect.objectContaining({ name: 'web', copy: 1, min_disk: 40 }),
      expect.objectContaining({ name: 'web', copy: 2, image_url: 'bucket:web.qcow2' }),
      expect.objectContaining({ name: 'db', image_url: 'bucket:db.qcow2' }),
    ]);
  });

  test('tags are split at the first dot', () => {
    expect(requests('48-tags-split-at-the-first-dot.yaml')[0]?.tags).toEqual([
      { key: 'plain', value: '' },
      { key: 'version', value: '1.2.3' },
      { key: 'empty', value: '' },
    ]);
  });

  test('defaults that do not fit the kind of an image are left out', () => {
    const [quick, plain, disk] = requests('76-defaults-by-kind.yaml');
    expect(quick).toEqual({
      ...{ kind: 'system', quick_import: true, name: 'quick', image_url: 'bucket:q.raw' },
      ...{ min_disk: 40, copy: 1, os_type: 'Other', os_version: 'CentOS 7.6 64bit' },
    });
    expect(plain).toMatchObject({ quick_import: false, type: 'IsoImage', is_config: true });
    expect(disk).toEqual({
      ...{ kind: 'data', quick_import: false, name: 'disk', image_url: 'bucket:d.vmdk' },
      ...{ min_disk: 40, copy: 1 },
    });
  });

  test('the aliases of the API become our words', () => {
    expect(requests('75-other-words-for-the-same.yaml')).toEqual([
      {
        ...{ kind: 'data', quick_import: true, name: 'web', image_url: 'bucket:web.zvhd2' },
        ...{ min_disk: 40, copy: 1 },
      },
    ]);
  });
});

describe('validate', () => {
  const files = ['17-merge-keys.yaml', '66-yml.yml'].map((name) => `${VALID}/${name}`);

  test('says what is in each file', async () => {
    const out: string[] = [];
    const err: string[] = [];
    const io = {
      out: (line: string) => void out.push(line),
      err: (line: string) => void err.push(line),
    };
    expect(await validate(files, io)).toBe(0);
    expect(out).toEqual([
      `${files[0]}: 3 images (3 system, 0 data, 0 quick) in batch "17-merge-keys"`,
      `${files[1]}: 1 image (1 system, 0 data, 0 quick) in batch "66-yml"`,
    ]);
    expect(err).toEqual([]);
  });

  test('prints nothing but data with json', async () => {
    const out: string[] = [];
    const io = { out: (line: string) => void out.push(line), err: () => undefined };
    expect(await validate([...files, '/nowhere.yaml'], io, { json: true })).toBe(2);
    expect(out).toHaveLength(1);
    expect(JSON.parse(out[0] ?? '')).toEqual({
      version: 1,
      ok: false,
      errors: [{ file: '/nowhere.yaml', line: 1, column: 1, field: '', message: 'no such file' }],
      warnings: [],
    });
  });
});
