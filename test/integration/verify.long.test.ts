import { describe, expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const WINDOWS = 'Windows Server 2019 Standard 64bit';
const CENTOS = 'CentOS 7.6 64bit';

/** A cloud in which the image `web` comes out as another system, with a larger disk. */
async function account() {
  const comesOutAs = { web: { min_disk: 50, __os_version: WINDOWS } };
  const simulator = await cloud({ duration: 100, comesOutAs });
  return { simulator, env: accountEnv(simulator, redis.url) };
}

async function submit(env: FerryEnv, minDisk: number, os = CENTOS) {
  const fields = `image_url: "b-1:web.qcow2", min_disk: ${minDisk}, os_version: "${os}"`;
  const file = await textFile('checked.yaml', `images: [{ name: web, ${fields} }]\n`);
  return runFerry(['submit', '--wait', file], env);
}

async function readImage(env: FerryEnv) {
  return JSON.parse((await runFerry(['show', 'checked', 'web', '--json'], env)).stdout);
}

/** A retry, to its end. */
async function retried(env: FerryEnv, wanted: number): Promise<void> {
  await runFerry(['retry', 'checked'], env);
  await until(async () => {
    const { attempt, state } = await readImage(env);
    return attempt === wanted && ['failed', 'succeeded'].includes(state);
  });
}

const DIFFERENCES = [
  { field: 'min_disk', wanted: '40', is: '50' },
  { field: 'os_version', wanted: CENTOS, is: WINDOWS },
];
const TEXT = `min_disk is 50, not 40; os_version is ${WINDOWS}, not ${CENTOS}`;

test('an image that is not as requested is imported, and every view shows both values', async () => {
  const { simulator, env } = await account();
  startFerry(['work'], env);
  expect((await submit(env, 40)).code).toBe(0);
  const reads = { ...simulator.stats.calls };
  expect(await readImage(env)).toMatchObject({ state: 'succeeded', differences: DIFFERENCES });
  const status = await runFerry(['status', 'checked'], env);
  expect(status.stdout).toContain('1 succeeded; 1 not as requested');
  expect(status.stdout).toContain(`not as requested: ${TEXT}`);
  const json = JSON.parse((await runFerry(['status', 'checked', '--json'], env)).stdout);
  expect(json).toMatchObject({ differing: 1, images: [{ differences: DIFFERENCES }] });
  expect((await runFerry(['show', 'checked', 'web'], env)).stdout).toContain(
    'Warning: not as requested: min_disk is 50, not 40',
  );
  for (const format of ['table', 'csv', 'html']) {
    const report = await runFerry(['report', 'checked', '--format', format], env);
    expect(report.stdout, format).toContain(TEXT);
  }
  const report = await runFerry(['report', 'checked', '--format', 'json'], env);
  expect(JSON.parse(report.stdout)).toMatchObject({
    differing: 1,
    images: [{ differences: DIFFERENCES }],
  });
  // Nothing is read for it: the image was read when its job had ended.
  expect(simulator.stats.calls).toEqual(reads);
  expect(reads['image'] ?? 0).toBe(0);
});

test('nobody compares where that is switched off', async () => {
  const { env } = await account();
  startFerry(['work', '--verify', 'off'], { ...env });
  expect((await submit(env, 40)).code).toBe(0);
  expect(await readImage(env)).toMatchObject({ state: 'succeeded', differences: [] });
});

describe('with --verify strict', () => {
  test('it has failed, and its image is checked again by each retry: there is never another one', async () => {
    const { simulator, env } = await account();
    startFerry(['work', '--verify', 'strict'], { ...env });
    expect((await submit(env, 40)).code).toBe(1);
    const failed = await readImage(env);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'NOT_AS_REQUESTED' } });
    expect(failed.error.message).toContain(TEXT);
    expect(failed.image_id).toBe(simulator.accepted[0]?.image_ids[0]);
    for (const attempt of [2, 3]) {
      await retried(env, attempt);
      expect(await readImage(env)).toMatchObject({
        ...{ state: 'failed', attempt },
        error: failed.error,
      });
    }
    const { story } = await readImage(env);
    // Another batch scans the image list, which shows the image with its marker.
    const other = await textFile(
      'other.yaml',
      'images: [{ image_url: "b-1:o.qcow2", min_disk: 9 }]\n',
    );
    expect((await runFerry(['submit', '--wait', other], env)).code).toBe(0);
    expect(await readImage(env)).toMatchObject({ state: 'failed', story });
    // The manifest is corrected: the image is taken over as it is.
    expect((await submit(env, 50, WINDOWS)).code).toBe(0);
    const taken = await readImage(env);
    expect(taken).toMatchObject({ state: 'succeeded', differences: [] });
    expect(taken.image_id).toBe(failed.image_id);
    expect(simulator.accepted.map(({ name }) => name)).toEqual(['web', 'o']);
  });

  test('it is imported again when a person has deleted it', async () => {
    const { simulator, env } = await account();
    startFerry(['work', '--verify', 'strict'], { ...env, IMS_FERRY_UNKNOWN_WINDOW_MS: '1500' });
    expect((await submit(env, 40)).code).toBe(1);
    const { images } = simulator.state.cloud;
    const image = images.get((await readImage(env)).image_id);
    if (image) images.put({ ...image, deletedAt: 1 });
    simulator.set({ comesOutAs: {} });
    await retried(env, 2);
    expect((await readImage(env)).state).toBe('succeeded');
    expect(simulator.accepted).toHaveLength(2);
  });
});
