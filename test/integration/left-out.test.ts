import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/producer/plan/plan.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const GB = 1024 ** 3;

/** A cloud in which some of the objects are missing, cold, or larger than IMS takes. */
async function account() {
  const objects = { 'bucket/big.qcow2': { size: 200 * GB }, 'bucket/a.qcow2': {} };
  const simulator = await cloud({ duration: 100, objects });
  const { accessKey, secretKey } = simulator.credentials;
  const keys = { OS_ACCESS_KEY: accessKey, OS_SECRET_KEY: secretKey, OBS_ENDPOINT: simulator.url };
  const checked = { ...keys, IMS_FERRY_SUBMIT_CHECKS: '1' };
  return { simulator, env: accountEnv(simulator, redis.url, checked) };
}

const manifest = (...keys: string[]): Promise<string> => {
  const images = keys.map((key) => `  - { name: "${key}", image_url: "bucket:${key}.qcow2" }`);
  return textFile(
    'some.yaml',
    `name: some\ndefaults: { min_disk: 40 }\nimages:\n${images.join('\n')}`,
  );
};

describe('images that IMS would refuse', () => {
  test('have that verdict in the plan, take no quota, and end it with 1', async () => {
    const { env } = await account();
    const file = await manifest('a', 'missing', 'cold', 'big');
    const { code, stdout } = await runFerry(['plan', '--json', file], env);
    const plan = JSON.parse(stdout) as Plan;
    expect(code).toBe(1);
    expect(plan).toMatchObject({ version: 1, ok: false, quota: { needs: 1 } });
    expect(plan.images.map(({ verdict, ok }) => [verdict, ok])).toEqual([
      ['create', true],
      ...Array.from({ length: 3 }, () => ['refused', false]),
    ]);
    const text = await runFerry(['plan', file], env);
    expect(text.stdout).toContain('1 refused: the object does not exist\n  ');
    expect(text.stdout).toMatch(/^Images +4: 1 to be created, 3 refused and left out$/m);
  });

  test('are left out by submit, which names them and ends with 1', async () => {
    const { simulator, env } = await account();
    startFerry(['work'], env);
    const file = await manifest('a', 'missing', 'cold', 'big');
    const { code, stderr } = await runFerry(['submit', '--wait', file], env);
    expect(code).toBe(1);
    expect(stderr).toContain('1 refused: the object does not exist');
    expect(stderr).toContain(`${file}:5  missing  bucket:missing.qcow2`);
    expect(stderr).toContain('Batch some: 1 of 4 images enqueued, 3 left out');
    expect(stderr).toContain('some: 1/1 done (1 succeeded)');
    expect(stderr).toContain('3 images of batch some were left out');
    expect(stderr).not.toContain('not in this file');
    expect(simulator.stats.posts).toBe(1);
  });

  test('are imported by the next submit once the objects are there', async () => {
    const { simulator, env } = await account();
    startFerry(['work'], env);
    const file = await manifest('a', 'missing', 'cold');
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(1);
    simulator.set({ objects: { 'bucket/missing.qcow2': {}, 'bucket/cold.qcow2': {} } });
    const { code, stderr } = await runFerry(['submit', '--wait', file], env);
    expect(code).toBe(0);
    expect(stderr).toContain('Batch some: 2 of 3 images enqueued, 1 already imported');
    expect(simulator.accepted.map(({ name }) => name).toSorted()).toEqual(['a', 'cold', 'missing']);
  });

  test('register nothing where there are no others, and nothing is waited for', async () => {
    const { env } = await account();
    const waiting = ['submit', '--wait', '--timeout', '30s'];
    const { code, stderr } = await runFerry([...waiting, await manifest('missing')], env);
    expect(code).toBe(1);
    expect(stderr).toContain('Batch some: 0 of 1 image enqueued, 1 left out');
    expect(await redis.client.keys('*:[bmi]:*')).toEqual([]);
  });

  test.each([
    { flag: '--force', says: 'because of --force' },
    { flag: '--no-check', says: '2 of 2 images enqueued' },
  ])('are submitted with $flag', async ({ flag, says }) => {
    const { env } = await account();
    const { code, stderr } = await runFerry(['submit', flag, await manifest('a', 'missing')], env);
    expect(code).toBe(0);
    expect(stderr).toContain(says);
    expect(stderr).toContain('2 of 2 images enqueued');
  });

  test('stay in the queue if they are there already; plan and submit say so', async () => {
    const { env } = await account();
    const file = await manifest('missing');
    await runFerry(['submit', '--force', file], env);
    const plan = await runFerry(['plan', file], env);
    expect(plan.code).toBe(1);
    expect(plan.stdout).toContain('1 in the queue already, but IMS would refuse it');
    const { code, stderr } = await runFerry(['submit', file], env);
    expect(code).toBe(0);
    expect(stderr).toContain('1 in the queue already, but IMS would refuse it');
    expect(stderr).toContain('1 of 1 image enqueued');
  });

  test('that failed before stay as they are when they are retried in vain', async () => {
    const { simulator, env } = await account();
    startFerry(['work'], env);
    const file = await manifest('a', 'missing');
    await runFerry(['submit', '--wait', '--force', file], env);
    const { posts } = simulator.stats;
    const again = await runFerry(['submit', '--retry-failed', file], env);
    expect(again.code).toBe(1);
    expect(again.stderr).toContain('0 of 2 images enqueued, 1 left out, 1 already imported');
    expect(again.stderr).not.toContain('not in this file');
    expect(simulator.stats.posts).toBe(posts);
  });
});

test('an object that our keys may not read is submitted: IMS may read it', async () => {
  const { env } = await account();
  const text = 'images:\n  - { name: a, image_url: "forbidden-1:a.qcow2", min_disk: 40 }\n';
  const file = await textFile('locked.yaml', text);
  const plan = await runFerry(['plan', file], env);
  expect(plan.code).toBe(0);
  expect(plan.stdout).toContain('1 not checked: our OBS keys may not read the object');
  expect((await runFerry(['submit', file], env)).stderr).toContain('1 of 1 image enqueued');
});

test('submit --json names what was enqueued and what was left out', async () => {
  const { env } = await account();
  const file = await manifest('a', 'missing');
  const { code, stdout } = await runFerry(['submit', '--json', file], env);
  expect(code).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    version: 1,
    ok: false,
    batches: [
      {
        ...{ batch: 'some', file, cloud: null, total: 2, enqueued: 1, counts: { new: 1 } },
        left_out: [{ name: 'missing', line: 5, reason: 'the object does not exist' }],
        states: { pending: 1 },
      },
    ],
  });
});

test('a file that is named twice leaves nothing out twice', async () => {
  const { env } = await account();
  const file = await manifest('a', 'missing');
  const { stdout, stderr } = await runFerry(['submit', '--json', file, file], env);
  expect(stderr).not.toContain('2 left out');
  const { batches } = JSON.parse(stdout) as { batches: { total: number; left_out: unknown[] }[] };
  expect(batches.map(({ total, left_out }) => [total, left_out.length])).toEqual([
    [2, 1],
    [2, 1],
  ]);
});
