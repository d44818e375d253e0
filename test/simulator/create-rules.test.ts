import { describe, expect, test } from 'vitest';
import { CREATE, cloud, SYSTEM } from './plain-cloud.ts';

const DATA = '/v1/cloudimages/dataimages/action';
const QUICK = '/v2/cloudimages/quickimport/action';
const DISK = { name: 'd', image_url: 'b-1:d.vmdk', min_disk: 200 };
const FAST = { name: 'q', image_url: 'b-1:q.zvhd2', min_disk: 10 };

describe('accepted', () => {
  test.each([
    { what: 'the documented example', path: CREATE, body: SYSTEM, api: 'system' },
    {
      what: 'tags as key.value',
      path: CREATE,
      body: { ...DISK, tags: ['a.b', 'c'] },
      api: 'system',
    },
    { what: 'ten tags', path: CREATE, body: { ...DISK, tags: [...'abcdefghij'] }, api: 'system' },
    {
      what: 'every optional field',
      path: CREATE,
      body: {
        ...SYSTEM,
        description: 'Image creation, from a file.',
        os_type: 'Linux',
        is_config: true,
        is_config_init: true,
        type: 'ECS',
        enterprise_project_id: '0',
        min_ram: 1024,
        max_ram: 2048,
        hw_firmware_type: 'uefi',
        architecture: 'arm',
      },
      api: 'system',
    },
    {
      what: 'three data disks',
      path: CREATE,
      body: {
        ...SYSTEM,
        data_images: [1, 2, 3].map((n) => ({ image_url: `b-1:${n}`, min_disk: 2048 })),
      },
      api: 'system',
    },
    { what: 'a name of Chinese', path: CREATE, body: { ...SYSTEM, name: '镜像 1' }, api: 'system' },
    {
      what: 'an ISO with its system',
      path: CREATE,
      body: { ...SYSTEM, type: 'IsoImage' },
      api: 'system',
    },
    { what: 'a data disk', path: DATA, body: { ...DISK, os_type: 'Windows' }, api: 'data' },
    { what: 'a data disk of 2048', path: DATA, body: { ...DISK, min_disk: 2048 }, api: 'data' },
    {
      what: 'a fast system disk',
      path: QUICK,
      body: { ...FAST, os_version: 'CentOS 7.6 64bit' },
      api: 'quick',
    },
    { what: 'a fast data disk', path: QUICK, body: { ...FAST, type: 'DataImage' }, api: 'quick' },
  ])('$what', async ({ path, body, api }) => {
    const { post, simulator } = await cloud();
    const { status, body: answer } = await post(path, body);
    expect(answer).toEqual({ job_id: expect.stringMatching(/^[a-z0-9]{32}$/) });
    expect(status).toBe(200);
    const { name, image_url } = body;
    expect(simulator.accepted).toMatchObject([{ seq: 1, api, name, image_url, late: false }]);
  });
});

describe('refused', () => {
  const tags = (count: number) =>
    Array.from({ length: count }, (_, n) => ({ key: `k${n}`, value: '' }));
  const disks = (...images: object[]) => ({ data_images: images });
  const data = { image_url: 'b-1:d', min_disk: 1 };

  test.each([
    { what: 'no name', change: { name: undefined }, code: 'IMG.0013' },
    { what: 'a number for a name', change: { name: 7 }, code: 'IMG.0062' },
    { what: 'a name of 129', change: { name: 'x'.repeat(129) }, code: 'IMG.0002' },
    { what: 'a slash in the name', change: { name: 'a/b' }, code: 'IMG.0003' },
    { what: 'a space before the name', change: { name: ' a' }, code: 'IMG.0003' },
    { what: 'a long description', change: { description: 'x'.repeat(1025) }, code: 'IMG.0004' },
    { what: '< in the description', change: { description: 'a < b' }, code: 'IMG.0054' },
    { what: 'two lines of description', change: { description: 'a\nb' }, code: 'IMG.0054' },
    { what: 'no file', change: { image_url: undefined }, code: 'IMG.0017' },
    { what: 'no colon', change: { image_url: 'centos.qcow2' }, code: 'IMG.0017' },
    { what: 'no object', change: { image_url: 'ims-image:' }, code: 'IMG.0017' },
    { what: 'no bucket', change: { image_url: ':a' }, code: 'IMG.0068' },
    { what: 'a space in the file', change: { image_url: 'ims-image:a b' }, code: 'IMG.0175' },
    { what: 'a bad bucket', change: { image_url: 'IMS:a' }, code: 'IMG.0109' },
    { what: 'a missing file', change: { image_url: 'ims-image:missing' }, code: 'IMG.0057' },
    { what: 'no disk', change: { min_disk: undefined }, code: 'IMG.0055' },
    { what: 'a disk of 0', change: { min_disk: 0 }, code: 'IMG.0055' },
    { what: 'a disk of 1025', change: { min_disk: 1025 }, code: 'IMG.0055' },
    { what: 'a disk of 1.5', change: { min_disk: 1.5 }, code: 'IMG.0055' },
    { what: 'a disk in words', change: { min_disk: '40' }, code: 'IMG.0055' },
    { what: 'min_ram over max_ram', change: { min_ram: 2, max_ram: 1 }, code: 'IMG.0055' },
    { what: 'another os_type', change: { os_type: 'linux' }, code: 'IMG.0122' },
    { what: 'another os_version', change: { os_version: 'Linux' }, code: 'IMG.0056' },
    { what: 'an ISO', change: { type: 'IsoImage', os_version: undefined }, code: 'IMG.0166' },
    { what: 'an ISO that is none', change: { image_url: 'b-1:a.iso' }, code: 'IMG.0122' },
    {
      what: 'an encrypted ISO',
      change: { image_url: 'b-1:a.iso', type: 'IsoImage', cmk_id: 'k' },
      code: 'IMG.0167',
    },
    { what: 'an encrypted BMS image', change: { type: 'BMS', cmk_id: 'k' }, code: 'IMG.0118' },
    { what: 'a system of no list', change: { os_version: 'Nonsense 64bit' }, code: 'IMG.0056' },
    { what: 'another project', change: { enterprise_project_id: 'x' }, code: 'IMG.0155' },
    { what: 'a license', change: { license_type: 'free' }, code: 'IMG.0001' },
    { what: 'another type', change: { type: 'VM' }, code: 'IMG.0024' },
    { what: 'a firmware', change: { hw_firmware_type: 'UEFI' }, code: 'IMG.0141' },
    { what: 'an architecture', change: { architecture: 'ARM' }, code: 'IMG.0212' },
    { what: 'both kinds of tags', change: { tags: ['a.b'] }, code: 'IMG.0115' },
    { what: 'eleven tags', change: { image_tags: tags(11) }, code: 'IMG.0116' },
    { what: 'a tag without a key', change: { image_tags: [{ value: 'v' }] }, code: 'IMG.0115' },
    { what: 'a tag that is null', change: { image_tags: [null] }, code: 'IMG.0115' },
    { what: 'a key of 37', change: { image_tags: [{ key: 'k'.repeat(37) }] }, code: 'IMG.0115' },
    {
      what: 'a value of 44',
      change: { image_tags: [{ key: 'k', value: 'v'.repeat(44) }] },
      code: 'IMG.0115',
    },
    { what: 'four data disks', change: disks(data, data, data, data), code: 'IMG.0194' },
    { what: 'a file twice', change: disks(data, data), code: 'IMG.0123' },
    {
      what: 'an ISO as data disk',
      change: disks({ ...data, image_url: 'b-1:d.iso' }),
      code: 'IMG.0122',
    },
    { what: 'a data disk of 0', change: disks({ ...data, min_disk: 0 }), code: 'IMG.0055' },
    { what: 'a data disk without a file', change: disks({ min_disk: 1 }), code: 'IMG.0017' },
    { what: 'a tag of a data disk', change: disks({ ...data, tags: ['ä.b'] }), code: 'IMG.0115' },
    { what: 'a data disk that is null', change: { data_images: [null] }, code: 'IMG.0001' },
  ])('a system disk with $what: $code', async ({ change, code }) => {
    const { post, simulator } = await cloud();
    const answer = await post(CREATE, { ...SYSTEM, ...change });
    expect(answer).toMatchObject({ status: 400, body: { error: { code } } });
    expect(simulator.accepted).toHaveLength(0);
  });

  test.each([
    { path: DATA, body: { ...DISK, min_disk: 2049 }, code: 'IMG.0055' },
    { path: DATA, body: { ...DISK, os_type: 'Other' }, code: 'IMG.0122' },
    { path: DATA, body: { ...DISK, type: 'ECS' }, code: 'IMG.0024' },
    { path: QUICK, body: FAST, code: 'IMG.0159' },
    { path: QUICK, body: { ...FAST, type: 'DataImage', min_disk: 1025 }, code: 'IMG.0055' },
    {
      path: QUICK,
      body: { ...FAST, type: 'DataImage', image_url: 'b-1:q.vmdk' },
      code: 'IMG.0158',
    },
    { path: CREATE, body: [SYSTEM], code: 'IMG.0001' },
    { path: CREATE, body: 'text', code: 'IMG.0001' },
    { path: CREATE, body: undefined, code: 'IMG.0007' },
  ])('$path $body: $code', async ({ path, body, code }) => {
    const { post, simulator } = await cloud();
    expect((await post(path, body)).body).toMatchObject({ error: { code } });
    expect(simulator.accepted).toHaveLength(0);
  });

  test('a fast import of RAW without its bitmap', async () => {
    const { post } = await cloud({ objects: { 'b-1/a.mf': { status: 404 } } });
    const raw = { ...SYSTEM, image_url: 'b-1:a.raw' };
    expect((await post(QUICK, raw)).body).toMatchObject({ error: { code: 'IMG.0158' } });
    expect((await post(QUICK, { ...raw, image_url: 'b-1:b.raw' })).status).toBe(200);
  });

  test.each([
    { os_version: 'NeoKylin 7.4 64bit', min_disk: 10, otc: 400, huawei: 200 },
    { os_version: 'CoreOS 1068.10.0', min_disk: 40, otc: 200, huawei: 400 },
    { os_version: 'CentOS 7.6 64bit', min_disk: 9, otc: 200, huawei: 400 },
    { os_version: 'Windows Server 2016 Standard 64bit', min_disk: 19, otc: 200, huawei: 400 },
  ])('$os_version with $min_disk GB: OTC $otc, Huawei $huawei', async (row) => {
    const { otc, huawei, ...change } = row;
    const { post, simulator } = await cloud();
    expect((await post(CREATE, { ...SYSTEM, ...change })).status).toBe(otc);
    simulator.set({ dialect: 'huawei' });
    expect((await post(CREATE, { ...SYSTEM, ...change })).status).toBe(huawei);
  });

  test('a disk below the switch, and a name that is taken', async () => {
    const { post } = await cloud({ minDiskLower: 40, namesUnique: true });
    const small = { error: { code: 'IMG.0055' } };
    expect((await post(CREATE, { ...SYSTEM, min_disk: 39 })).body).toMatchObject(small);
    expect((await post(DATA, { ...DISK, min_disk: 39 })).body).toMatchObject(small);
    expect((await post(CREATE, SYSTEM)).status).toBe(200);
    expect((await post(CREATE, SYSTEM)).body).toMatchObject({ error: { code: 'IMG.0009' } });
  });

  test.each([400, 403] as const)('a file that may not be read, with HTTP %i', async (status) => {
    const { post } = await cloud({ permissionStatus: status });
    const answer = await post(CREATE, { ...SYSTEM, image_url: 'b-1:forbidden.raw' });
    expect(answer).toMatchObject({ status, body: { error: { code: 'IMG.0026' } } });
  });
});
