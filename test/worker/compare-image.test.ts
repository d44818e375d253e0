import { describe, expect, test } from 'vitest';
import { toImage } from '../../src/shared/cloud/ims/read-bodies.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { compareImage } from '../../src/shared/look-up/compare-image.ts';
import { imageRequest } from '../support/images.ts';

const KEY = 'k'.repeat(43);
const CMK = '12345678-90ab-4cde-8f01-234567890abc';

/** The image `web` in the words of IMS. */
function compared(fields: Partial<ImageRequest>, body: object, virtualBytes?: number) {
  const image = toImage({
    ...{ id: 'i', status: 'active', name: 'web', min_disk: 40, virtual_env_type: 'FusionCompute' },
    ...{ tags: [`imsferry=${KEY}`, 'team=storage', 'bare', 'v.1'], ...body },
  });
  const file = virtualBytes === undefined ? {} : { file: { bytes: 1, virtualBytes } };
  return compareImage(
    { request: imageRequest('web', fields), ...file },
    image ?? expect.unreachable(),
  ).map(({ field, wanted, is }) => `${field}: ${wanted} / ${is}`);
}

describe('an image is as requested', () => {
  test.each<readonly [string, Partial<ImageRequest>, object]>([
    [
      'in every field that IMS shows',
      { description: 'd', os_type: 'Linux', architecture: 'arm' },
      {
        ...{ __description: 'd', __os_type: 'Linux', __support_arm: 'true' },
      },
    ],
    ['where IMS shows nothing', { os_version: 'CentOS 7.6 64bit', cmk_id: CMK, min_ram: 1 }, {}],
    ['whatever nobody requested', {}, { __os_version: 'x', hw_firmware_type: 'uefi', min_ram: 9 }],
    [
      'in another spelling',
      { os_version: 'CentOS 7.6 64bit' },
      { __os_version: 'centos 7.6 64BIT' },
    ],
    ['with max_ram as text', { max_ram: 65_536 }, { max_ram: '65536' }],
    ['as ECS, which is FusionCompute', { type: 'ECS' }, {}],
    ['as BMS, which is Ironic', { type: 'BMS' }, { virtual_env_type: 'Ironic' }],
    ['as a data disk', { kind: 'data' }, { virtual_env_type: 'DataImage' }],
    [
      'with its tags in each form',
      {
        tags: [
          { key: 'team', value: 'storage' },
          { key: 'bare', value: '' },
          { key: 'v', value: '1' },
        ],
      },
      {},
    ],
    ['with tags that the cloud does not show', { tags: [{ key: 'a', value: 'b' }] }, { tags: [] }],
  ])('%s', (_, fields, body) => {
    expect(compared(fields, body)).toEqual([]);
  });
});

describe('an image is not as requested', () => {
  test.each<readonly [string, Partial<ImageRequest>, object]>([
    ['name: web / web-1', {}, { name: 'web-1' }],
    ['description: d / e', { description: 'd' }, { __description: 'e' }],
    ['kind: system / data', {}, { virtual_env_type: 'DataImage' }],
    ['type: IsoImage / FusionCompute', { type: 'IsoImage' }, {}],
    ['min_disk: 40 / 50', {}, { min_disk: 50 }],
    ['os_type: Linux / Windows', { os_type: 'Linux' }, { __os_type: 'Windows' }],
    ['os_version: a / b', { os_version: 'a' }, { __os_version: 'b' }],
    ['architecture: x86 / arm', { architecture: 'x86' }, { __support_arm: 'true' }],
    ['architecture: arm / x86', { architecture: 'arm' }, { __support_arm: 'false' }],
    ['hw_firmware_type: uefi / bios', { hw_firmware_type: 'uefi' }, { hw_firmware_type: 'bios' }],
    [`cmk_id: ${CMK} / other`, { cmk_id: CMK }, { __system__cmkid: 'other' }],
    [
      'enterprise_project_id: 0 / x',
      { enterprise_project_id: '0' },
      { enterprise_project_id: 'x' },
    ],
    ['min_ram: 1 / 2', { min_ram: 1 }, { min_ram: 2 }],
    ['max_ram: 1 / 2', { max_ram: 1 }, { max_ram: '2' }],
    ['tag a: b / missing', { tags: [{ key: 'a', value: 'b' }] }, {}],
    ['tag team: net / storage', { tags: [{ key: 'team', value: 'net' }] }, {}],
  ])('%s', (line, fields, body) => {
    expect(compared(fields, body).filter((one) => !one.startsWith('type: '))).toEqual(
      line.startsWith('type: ') ? [] : [line],
    );
    expect(compared(fields, body)).toContain(line);
  });

  test('where the disk in its file is larger than the disk of its servers', () => {
    expect(compared({}, {}, 40 * 2 ** 30)).toEqual([]);
    expect(compared({}, {}, 40 * 2 ** 30 + 1)).toEqual([
      'min_disk: at least 41, the disk in the file / 40',
    ]);
  });
});
