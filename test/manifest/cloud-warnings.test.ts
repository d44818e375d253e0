import { describe, expect, test } from 'vitest';
import { cloudWarnings, osVersionWarning } from '../../src/producer/manifest/cloud-warnings.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import { OS_VERSIONS } from '../../src/shared/dialect/os-versions.ts';
import { imageRequest } from '../support/images.ts';

const tags = (count: number, key = 't', value = 'v') =>
  Array.from({ length: count }, (_, at) => ({ key: `${key}${at}`, value }));

test.each([
  { what: 'a disk of 40 GB', image: { min_disk: 40 }, warns: [] },
  { what: 'a disk of 10 GB', image: { min_disk: 10 }, warns: [] },
  { what: 'a disk of 9 GB', image: { min_disk: 9 }, warns: ['min_disk'] },
  {
    what: 'Windows on 19 GB',
    image: { min_disk: 19, os_type: 'Windows' },
    warns: ['min_disk', 'os_type'],
  },
  { what: 'a data disk of 39 GB', image: { kind: 'data', min_disk: 39 }, warns: ['min_disk'] },
  { what: 'a data disk of 2048 GB', image: { kind: 'data', min_disk: 2048 }, warns: [] },
  { what: '9 tags', image: { tags: tags(9) }, warns: [] },
  { what: '10 tags', image: { tags: tags(10) }, warns: ['tags'] },
  { what: '15 tags of 60 characters', image: { tags: tags(15, 'k'.repeat(58)) }, warns: ['tags'] },
  { what: 'a key of 37 characters', image: { tags: tags(1, 'k'.repeat(36)) }, warns: ['tags'] },
  {
    what: 'a value of 44 characters',
    image: { tags: tags(1, 'k', 'v'.repeat(44)) },
    warns: ['tags'],
  },
  { what: 'a value with a slash', image: { tags: tags(1, 'k', 'a/b') }, warns: ['tags'] },
  { what: 'a key with a colon', image: { tags: tags(1, 'a:b') }, warns: ['tags'] },
  { what: 'a dot in a value', image: { tags: tags(1, 'k', '1.2') }, warns: [] },
  { what: 'an ISO file for ECS', image: { image_url: 'b-1:a.ISO' }, warns: ['image_url'] },
  { what: 'an ISO file', image: { image_url: 'b-1:a.iso', type: 'IsoImage' }, warns: [] },
  { what: 'Windows', image: { os_version: 'Windows 10 64bit' }, warns: ['os_version'] },
] as const)('$what gives a warning about: $warns', ({ image, warns }) => {
  const found = cloudWarnings(imageRequest('a', { min_disk: 40, ...image }));
  expect(found.map(({ path }) => path[0])).toEqual(warns);
});

test('a warning about tags points to where they are written, on data disks too', () => {
  const many = (count: number) =>
    Array.from({ length: count }, (_, at) => `{key: k${at}, value: v}`).join(', ');
  const disk = (count: number) =>
    `{image_url: "b-1:d.vhd", min_disk: 40, image_tags: [${many(count)}]}`;
  const text = (own: number, along: number) =>
    `images: [{name: a, image_url: "b-1:a.vhd", min_disk: 40, image_tags: [${many(own)}], data_images: [${disk(along)}]}]`;
  const warned = (own: number, along: number) =>
    parseManifest(new TextEncoder().encode(text(own, along)), 'a.yaml').warnings.map(
      ({ field }) => field,
    );
  expect(warned(9, 10)).toEqual([]);
  expect(warned(10, 11)).toEqual(['images[0].image_tags', 'images[0].data_images[0].image_tags']);
});

test('a warning names the clouds that accept it', () => {
  const image = imageRequest('a', { min_disk: 5, tags: tags(15) });
  const [disk, tag] = cloudWarnings(image).map(({ message }) => message);
  expect(disk).toBe('is 5 GB; OTC takes 1 to 1024 GB, Huawei Cloud takes 10 to 1024 GB');
  expect(tag).toContain('only Huawei Cloud takes');
});

test('every documented operating system is known, and suggestions are documented names', () => {
  const all = [...OS_VERSIONS.otc, ...OS_VERSIONS.huawei];
  expect([OS_VERSIONS.otc.length, OS_VERSIONS.huawei.length]).toEqual([131, 131]);
  const unknown = all.filter((name) => osVersionWarning(name)?.includes('may not know'));
  expect(unknown).toEqual([]);
  expect(osVersionWarning('Red Hat Linux Enterprise 6.4 64bit')).toContain(
    '"Redhat Linux Enterprise 6.4 64bit"',
  );
  expect(osVersionWarning('NeoKylin 7.4 64bit')).toContain('only Huawei Cloud documents');
  expect(osVersionWarning('CoreOS 1068.10.0')).toContain('only OTC documents');
  expect(osVersionWarning('Ubuntu 22.04 server 64bit')).toBeUndefined();
});

test.each([
  { fields: 'type: IsoImage, os_version: CentOS 7.0 64bit', cmk: true, warns: 'cmk_id' },
  {
    fields: 'quick_import: true, os_version: CentOS 7.0 64bit, license_type: byol',
    warns: 'license_type',
  },
  { fields: 'license_type: byol', warns: 'license_type' },
  {
    fields: 'license_type: mine, quick_import: true, os_version: Windows 10 64bit',
    warns: 'license_type',
  },
])('$fields is refused', ({ fields, cmk, warns }) => {
  const key = cmk ? ', cmk_id: 12345678-90ab-4cde-8f01-234567890abc' : '';
  const url = fields.includes('quick') ? 'b-1:a.raw' : 'b-1:a.iso';
  const text = `images: [{name: a, image_url: "${url}", min_disk: 40, ${fields}${key}}]`;
  const result = parseManifest(new TextEncoder().encode(text), 'a.yaml');
  expect(result.ok ? [] : result.issues.map(({ field }) => field)).toEqual([`images[0].${warns}`]);
});

describe('a name of an operating system that IMS does not list', () => {
  test.each([
    [
      'Ubuntu 18.04',
      'did you mean "Ubuntu 18.04 server 64bit", "Ubuntu 18.04.2 server 64bit" or "Ubuntu 18.04.1 server 64bit"?',
    ],
    ['Ubuntu 20', 'did you mean "Ubuntu 20.04 server 64bit"?'],
    ['Debian 11', 'did you mean "Debian GNU/Linux 11.1.0 64bit"?'],
    ['debian-12', 'did you mean "Debian GNU/Linux 12.0.0 64bit"?'],
    ['Debian 13', 'the nearest is "Debian GNU/Linux 12.0.0 64bit"'],
    [
      'Windows 2019',
      'did you mean "Windows Server 2019 Standard 64bit" or "Windows Server 2019 Datacenter 64bit"?',
    ],
    [
      'Windows Server 2022 Datacenter',
      'did you mean "Windows Server 2022 Datacenter 64bit" or "Windows Server 2022 Standard 64bit"?',
    ],
    ['RHEL 8', 'did you mean "Redhat Linux Enterprise 8.0 64bit"?'],
    ['SLES 15 SP3', 'did you mean "SUSE Linux Enterprise Server 15 SP3 64bit"?'],
    ['CentOS 6.5 32-bit', 'did you mean "CentOS 6.5 32bit"?'],
    ['Rocky Linux 9', 'the nearest is "Other Linux(64 bit)"'],
    ['Ubnutu 18.04 server 64bit', 'did you mean "Ubuntu 18.04 server 64bit"?'],
  ])('%s: %s', (value, hint) => {
    expect(osVersionWarning(value)).toBe(
      `is "${value}", which IMS may not know (IMG.0056); ${hint}`,
    );
  });

  test.each(['Plan 9', 'x', 'Haiku R1'])('%s has no near name, and none is made up', (value) => {
    expect(osVersionWarning(value)).toBe(`is "${value}", which IMS may not know (IMG.0056)`);
  });

  test('is never hinted at with another system', () => {
    const hints = ['Ubuntu', 'CentOS', 'Debian', 'Fedora', 'openSUSE', 'EulerOS', 'openEuler'];
    for (const system of hints) {
      for (const version of ['', ' 1', ' 7.99', ' 12', ' 2030']) {
        const [, names = ''] = (osVersionWarning(system + version) ?? '').split('; ');
        expect(names.match(/"[^"]+"/g)?.every((name) => name.startsWith(`"${system}`))).toBe(true);
      }
    }
  });
});
