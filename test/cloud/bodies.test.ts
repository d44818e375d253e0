import { describe, expect, test } from 'vitest';
import { createCall } from '../../src/shared/cloud/ims/create-call.ts';
import { toImage, toImagePage, toImsJob, toQuota } from '../../src/shared/cloud/ims/read-bodies.ts';
import { markerOf } from '../../src/shared/image/import-key.ts';
import { imageRequest } from '../support/images.ts';

const KEY = 'K'.repeat(43);
const MARKER = { key: 'imsferry', value: KEY };
const ID = '431df7fd-a898-4dc0-86b1-22cfefb8a517';

describe('the body of a create', () => {
  test('for a system disk is the documented example, and the marker', () => {
    const request = imageRequest('ims_test_file', {
      image_url: 'ims-image:centos70.qcow2',
      os_version: 'CentOS 7.0 64bit',
      min_disk: 40,
      tags: [{ key: 'k', value: 'v' }],
    });
    expect(createCall({ request, key: KEY })).toEqual({
      path: '/v2/cloudimages/action',
      body: {
        name: 'ims_test_file',
        image_url: 'ims-image:centos70.qcow2',
        os_version: 'CentOS 7.0 64bit',
        min_disk: 40,
        image_tags: [{ key: 'k', value: 'v' }, MARKER],
      },
    });
  });

  test('for a system disk keeps its type and every other field of the API', () => {
    const fields = {
      description: 'd',
      os_type: 'Other',
      is_config: true,
      is_config_init: false,
      cmk_id: 'c',
      enterprise_project_id: '0',
      max_ram: 2048,
      min_ram: 1024,
      hw_firmware_type: 'uefi',
      architecture: 'arm',
      type: 'IsoImage',
    } as const;
    expect(createCall({ request: imageRequest('a', fields), key: KEY }).body).toMatchObject(fields);
  });

  test.each([
    { what: 'none', setting: undefined, own: undefined, is: undefined },
    { what: 'that of the setting', setting: 'ep', own: undefined, is: 'ep' },
    { what: 'its own', setting: 'ep', own: '0', is: '0' },
    { what: 'none for all_granted_eps', setting: 'all_granted_eps', own: undefined, is: undefined },
  ])('is created in the enterprise project: $what', ({ setting, own, is }) => {
    const fields = own === undefined ? {} : { enterprise_project_id: own };
    for (const more of [{}, { kind: 'data' }, { quick_import: true }] as const) {
      const { body } = createCall(
        { request: imageRequest('a', { ...fields, ...more }), key: KEY },
        setting,
      );
      expect(body['enterprise_project_id']).toBe(is);
    }
  });

  test('marks the main image only, not the data disks that come along', () => {
    const disk = { image_url: 'b-1:d.raw', min_disk: 10, tags: [{ key: 'x', value: '' }] };
    const { body } = createCall({ request: imageRequest('a', { data_images: [disk] }), key: KEY });
    expect(body['image_tags']).toEqual([MARKER]);
    expect(body['data_images']).toEqual([
      { image_url: 'b-1:d.raw', min_disk: 10, image_tags: [{ key: 'x', value: '' }] },
    ]);
  });

  test.each([
    { fields: { kind: 'data' }, path: '/v1/cloudimages/dataimages/action', type: undefined },
    { fields: { quick_import: true }, path: '/v2/cloudimages/quickimport/action', type: undefined },
    {
      fields: { quick_import: true, type: 'BMS' },
      path: '/v2/cloudimages/quickimport/action',
      type: 'BMS',
    },
    {
      fields: { kind: 'data', quick_import: true },
      path: '/v2/cloudimages/quickimport/action',
      type: 'DataImage',
    },
  ] as const)('of $fields goes to $path, without our own fields', ({ fields, path, type }) => {
    const request = imageRequest('a', { tags: [{ key: 'x', value: 'y' }], ...fields });
    const call = createCall({ request, key: KEY });
    expect(call.path).toBe(path);
    expect(call.body['type']).toBe(type);
    expect(call.body['image_tags']).toEqual([{ key: 'x', value: 'y' }, MARKER]);
    for (const own of ['kind', 'quick_import', 'copy', 'tags', 'priority'])
      expect(call.body).not.toHaveProperty(own);
  });
});

describe('the body of a job', () => {
  const job = (fields: object) => toImsJob({ job_id: 'j', status: 'SUCCESS', ...fields });

  test('that is the documented success', () => {
    expect(
      toImsJob({
        job_id: '9a175ac892fa1342019300224f22218e',
        job_type: 'imsImportImageJob',
        begin_time: '2024-11-06T06:21:08.769Z',
        end_time: '2024-11-06T06:27:03.742Z',
        status: 'SUCCESS',
        error_code: null,
        fail_reason: null,
        entities: { image_name: 'test', image_id: ID },
      }),
    ).toEqual({
      id: '9a175ac892fa1342019300224f22218e',
      status: 'SUCCESS',
      statusWord: 'SUCCESS',
      imageId: ID,
      otherImageIds: [],
      endedAt: Date.UTC(2024, 10, 6, 6, 27, 3, 742),
    });
  });

  test('that is the documented run, in the old time format too', () => {
    const run = {
      job_type: 'imsCopyImageInRegionJob',
      begin_time: '04-Jun-2015 18:11:06:586',
      end_time: '',
      status: 'RUNNING',
      error_code: null,
      entities: {
        process_percent: 0.4,
        current_task: 'CopyImageInRegionTask:',
        subJobId: 'ff80',
        image_id: '498cc67e-7795-482c-8c47-32bcece2d7ec',
      },
    };
    expect(job(run)).toMatchObject({ status: 'RUNNING', progress: 0.4, otherImageIds: [] });
  });

  test.each([
    {
      what: 'INIT without an id',
      fields: { status: 'INIT', entities: {} },
      is: { status: 'INIT' },
    },
    { what: 'entities that are null', fields: { entities: null }, is: { status: 'SUCCESS' } },
    { what: 'lower case', fields: { status: 'running' }, is: { status: 'RUNNING' } },
    { what: 'a word of the future', fields: { status: 'PAUSED' }, is: { status: 'other' } },
    {
      what: 'the data disk of older OTC versions',
      fields: { entities: { __data_images: ID } },
      is: { imageId: ID, otherImageIds: [] },
    },
    {
      what: 'data disks beside the image',
      fields: { entities: { image_id: ID, __data_images: [{ image_id: 'd-1' }, 'd-2,d-3'] } },
      is: { imageId: ID, otherImageIds: ['d-1', 'd-2', 'd-3'] },
    },
    {
      what: 'data disks in a text of JSON',
      fields: { entities: { image_id: ID, __data_images: '["d-1","d-2"]' } },
      is: { otherImageIds: ['d-1', 'd-2'] },
    },
    {
      what: 'results',
      fields: { entities: { results: [{ image_id: ID, project_id: 'p', status: 'success' }] } },
      is: { imageId: ID, otherImageIds: [] },
    },
    {
      what: 'sub-jobs',
      fields: {
        entities: {
          image_id: ID,
          sub_jobs_result: [
            { status: 'SUCCESS', entities: { image_id: 'two' } },
            { status: 'FAIL', entities: { image_id: ID } },
          ],
        },
      },
      is: { imageId: ID, otherImageIds: ['two'] },
    },
    {
      what: 'an id that is none',
      fields: { entities: { image_id: '../../x' } },
      is: { status: 'SUCCESS' },
    },
    {
      what: 'a failure',
      fields: { status: 'FAIL', error_code: 'IMG.0072', fail_reason: 'bad\nformat' },
      is: { status: 'FAIL', error: { code: 'IMG.0072', message: 'bad format' } },
    },
    {
      what: 'a failure that only its entities hold',
      fields: {
        status: 'FAIL',
        error_code: null,
        entities: { error_code: 'IMG.0057', addition_error_msg: 'm' },
      },
      is: { error: { code: 'IMG.0057', message: 'm' } },
    },
    { what: 'no reason', fields: { status: 'FAIL' }, is: { error: { code: 'FAIL' } } },
  ])('with $what', ({ fields, is }) => {
    expect(job(fields)).toMatchObject(is);
  });

  test.each([
    { percent: 0.2, progress: 0.2 },
    { percent: '0.5', progress: 0.5 },
    { percent: 40, progress: 0.4 },
    { percent: 1, progress: 1 },
    { percent: -1, progress: undefined },
    { percent: 'soon', progress: undefined },
    { percent: {}, progress: undefined },
  ])('with process_percent $percent is at $progress', ({ percent, progress }) => {
    expect(job({ entities: { process_percent: percent } })?.progress).toBe(progress);
  });

  test.each([
    undefined,
    null,
    '<html>',
    [],
    {},
    { job_id: 'j', status: 7 },
    { status: 'SUCCESS' },
    { job_id: '../j', status: 'SUCCESS' },
  ])('%j is none', (body) => {
    expect(toImsJob(body)).toBeUndefined();
  });
});

describe('the body of an image', () => {
  const image = { id: ID, status: 'active' };

  test('is read, whatever else it holds', () => {
    const fields = { name: 'n', owner: 'p', tags: ['k=v'], created_at: '2018-09-06T14:03:27Z' };
    const env = { virtual_env_type: 'FusionCompute' };
    const more = { __data_origin: 'file,b-1:o', min_disk: 40, max_ram: '0', virtual_size: null };
    expect(toImage({ ...image, ...fields, ...more, ...env })).toEqual({
      ...image,
      name: 'n',
      owner: 'p',
      tags: ['k=v'],
      createdAt: Date.UTC(2018, 8, 6, 14, 3, 27),
      dataOrigin: 'file,b-1:o',
      minDisk: 40,
      kind: 'system',
      details: { environment: 'FusionCompute', maxRam: 0 },
    });
    expect(toImage({ ...image, virtual_env_type: 'DataImage' })?.kind).toBe('data');
    expect(toImage(image)).toEqual({ ...image, name: '', owner: '', tags: [], createdAt: 0 });
    expect(toImage({ id: '../x', status: 'active' })).toBeUndefined();
  });

  test.each([
    [{ __description: 'a b', __imagetype: 'private' }, { description: 'a b' }],
    // Left out where it is empty, and not only because attributes are not shown.
    [{ __imagetype: 'private' }, { description: '' }],
    [{ __imagetype: 'private', __description: null }, { description: '' }],
    [{ __description: 7 }, {}],
    [{ min_ram: 1024, max_ram: '2048' }, { details: { minRam: 1024, maxRam: 2048 } }],
    [{ min_ram: null, max_ram: 'many' }, {}],
    [
      { hw_firmware_type: 'uefi', enterprise_project_id: '0' },
      { details: { firmware: 'uefi', enterpriseProjectId: '0' } },
    ],
  ])('%j is %j to an update', (shows, is) => {
    const none = { name: '', owner: '', tags: [], createdAt: 0 };
    expect(toImage({ ...image, ...shows })).toEqual({ ...image, ...none, ...is });
  });

  test('in a list: only one without images is no list', () => {
    const owned = { ...image, owner: 'p' };
    expect(toImagePage({ images: [owned] })).toMatchObject({ images: [{ id: ID }], odd: [] });
    expect(toImagePage({ images: [] })).toMatchObject({ images: [] });
    for (const body of [{}, { images: {} }, '<html>']) {
      expect(toImagePage(body)).toBeUndefined();
    }
  });

  test('of a quota is that of images, not of shared ones', () => {
    const others = { type: 'image_shared', used: 9, quota: 128, min: 1, max: 1000 };
    const own = { type: 'image', used: 0, quota: 20, min: 1, max: 1000 };
    expect(toQuota({ quotas: { resources: [others, own] } })).toEqual({ used: 0, quota: 20 });
    expect(toQuota({ quotas: { resources: [others] } })).toBeUndefined();
    expect(toQuota({})).toBeUndefined();
  });

  test('a quota of -1 is no limit, numbers may be texts, and odd resources of others cost nothing', () => {
    const quotaOf = (...resources: unknown[]) => toQuota({ quotas: { resources } });
    const own = { type: 'image', used: 3, quota: -1 };
    expect(quotaOf(own)).toEqual({ used: 3, quota: Number.POSITIVE_INFINITY });
    expect(quotaOf({ ...own, used: '3', quota: '50' })).toEqual({ used: 3, quota: 50 });
    expect(quotaOf(null, 5, { type: 'disk' }, { type: 5, quota: 'x' }, own)).toMatchObject({
      used: 3,
    });
    expect(quotaOf({ ...own, used: null })).toBeUndefined();
  });

  test('carries the marker in either of its spellings', () => {
    for (const tag of [`imsferry=${KEY}`, `imsferry.${KEY}`]) {
      expect(markerOf(['imsferry', 'a=b', tag])).toBe(KEY);
    }
    for (const tag of ['imsferry', 'imsferry=short', `imsferryx=${KEY}`, KEY, `x=imsferry=${KEY}`])
      expect(markerOf(['a=b', tag])).toBeUndefined();
  });
});
