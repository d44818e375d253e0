import { describe, expect, test } from 'vitest';
import { checkSources } from '../../src/producer/plan/check-sources.ts';
import { objectVerdict } from '../../src/producer/plan/object-verdict.ts';
import type { ObjectAnswer } from '../../src/shared/cloud/obs/obs-client.ts';
import { imageRequest } from '../support/images.ts';

const GB = 1024 ** 3;
const found = (size: number, storageClass = 'STANDARD'): ObjectAnswer => ({
  kind: 'found',
  size,
  storageClass,
});

describe('an object', () => {
  test.each([
    { what: 'of 128 GB', answer: found(128 * GB), quick: false, state: 'good' },
    { what: 'of more than 128 GB', answer: found(128 * GB + 1), quick: false, state: 'bad' },
    { what: 'of 1 TB for a fast import', answer: found(1024 * GB), quick: true, state: 'good' },
    { what: 'of more than 1 TB', answer: found(1024 * GB + 1), quick: true, state: 'bad' },
    { what: 'that is empty', answer: found(0), quick: false, state: 'bad' },
    { what: 'in WARM storage', answer: found(1, 'WARM'), quick: false, state: 'bad' },
    { what: 'in COLD storage', answer: found(1, 'COLD'), quick: false, state: 'bad' },
    { what: 'that is missing', answer: { kind: 'missing' }, quick: false, state: 'bad' },
    {
      what: 'of others',
      answer: { kind: 'forbidden', message: 'x' },
      quick: false,
      state: 'unread',
    },
    {
      what: 'in another region',
      answer: { kind: 'other-region', message: 'x' },
      quick: false,
      state: 'bad',
    },
    {
      what: 'that OBS did not answer for',
      answer: { kind: 'failed', code: 'TIMEOUT', message: 'x' },
      quick: false,
      state: 'unread',
    },
  ] as const)('$what is $state', ({ answer, quick, state }) => {
    const verdict = objectVerdict(answer, quick);
    expect(verdict.state).toBe(state);
    expect(verdict.message === '').toBe(state === 'good');
  });

  test('too large for a normal import is reported with the limit of the fast one', () => {
    expect(objectVerdict(found(200 * GB), false).message).toBe(
      'it has 200 GB; the limit is 128 GB (1 TB with quick_import)',
    );
  });
});

test('each image gets its own answer, with at most 32 requests at once', async () => {
  let atOnce = 0;
  let most = 0;
  const requests = Array.from({ length: 100 }, (_, index) => imageRequest(`i-${index}`));
  const steps: number[] = [];
  const look = async (bucket: string, key: string) => {
    atOnce += 1;
    most = Math.max(most, atOnce);
    await new Promise((resolve) => setImmediate(resolve));
    atOnce -= 1;
    expect(bucket).toBe('bucket');
    return found(key === 'images/i-7.qcow2' ? 0 : GB);
  };
  const verdicts = await checkSources(requests, { look }, (done) => steps.push(done));
  expect(steps).toEqual(requests.map((_, index) => index + 1));
  expect(most).toBe(32);
  expect(verdicts.flatMap(({ state }, index) => (state === 'bad' ? [index] : []))).toEqual([7]);
  expect(verdicts).toHaveLength(100);
});

test('a data disk that cannot be imported is reported with its address', async () => {
  const disk = { image_url: 'bucket:d.vmdk', min_disk: 10 };
  const request = imageRequest('with-disk', { data_images: [disk] });
  const look = async (_: string, key: string): Promise<ObjectAnswer> =>
    key === 'd.vmdk' ? { kind: 'missing' } : found(GB);
  const [verdict] = await checkSources([request], { look });
  expect(verdict).toEqual({
    state: 'bad',
    size: null,
    message: 'data disk bucket:d.vmdk: the object does not exist',
    file: { size: GB, format: null, virtual_size: null },
    findings: [],
  });
});

test('an object that may not be read hides no data disk that is missing', async () => {
  const disks = ['locked', 'gone', 'there'].map((name) => ({
    image_url: `bucket:${name}.vmdk`,
    min_disk: 10,
  }));
  const request = imageRequest('with-disks', { data_images: disks });
  const look = async (_: string, key: string): Promise<ObjectAnswer> => {
    if (key === 'gone.vmdk') return { kind: 'missing' };
    return key === 'there.vmdk' ? found(GB) : { kind: 'forbidden', message: 'x' };
  };
  const [verdict] = await checkSources([request], { look });
  expect(verdict).toMatchObject({
    state: 'bad',
    message: 'data disk bucket:gone.vmdk: the object does not exist',
  });
});

test.each([
  { what: 'RAW without its bitmap file', url: 'b-1:a/x.raw', is: 'bad', there: ['a/x.raw'] },
  { what: 'RAW with it', url: 'b-1:a/x.RAW', is: 'good', there: ['a/x.RAW', 'a/x.mf'] },
  { what: 'ZVHD2', url: 'b-1:x.zvhd2', is: 'good', there: ['x.zvhd2'] },
])('the fast import of $what is $is', async ({ url, is, there }) => {
  const disk = { image_url: url, min_disk: 10, is_quick_import: true };
  const requests = [
    imageRequest('a', { image_url: url, quick_import: true }),
    imageRequest('b', { data_images: [disk] }),
  ];
  const look = async (_: string, key: string) =>
    there.includes(key) || key.endsWith('.qcow2')
      ? ({ kind: 'found', size: 1, storageClass: 'STANDARD' } as const)
      : ({ kind: 'missing' } as const);
  const verdicts = await checkSources(requests, { look });
  expect(verdicts.map(({ state }) => state)).toEqual([is, is]);
  if (is === 'bad') expect(verdicts[0]?.message).toContain('a/x.mf');
});
