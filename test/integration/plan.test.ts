import { describe, expect, test } from 'vitest';
import type { Plan } from '../../src/producer/plan/plan.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { examine } from '../support/examine.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const CHECKED = { IMS_FERRY_SUBMIT_CHECKS: '1' };

async function planOf(file: string, env: FerryEnv): Promise<{ code: unknown; plan: Plan }> {
  const { code, stdout } = await runFerry(['plan', file, '--json'], env);
  return { code, plan: JSON.parse(stdout) as Plan };
}

/** What Redis holds, save the token, what any connection of a queue leaves, and leases that run out by themselves. */
async function ledgerKeys(): Promise<readonly string[]> {
  const keys = await redis.client.keys('*');
  return keys.filter((key) => !/:token:|:lease:|:(meta|stalled-check)$/.test(key)).sort();
}

describe('plan', () => {
  test('lists what is imported, what would be adopted and what created, and changes nothing', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = accountEnv(simulator, redis.url);
    const other = { ...env, IMS_FERRY_NAMESPACE: 'other' };
    const worker = startFerry(['work'], env);
    const file = await manifestFile('planned', 4);
    await runFerry(['submit', '--wait', await manifestFile('planned', 2)], env);
    await worker.stop();
    expect((await runFerry(['work'], other)).code).toBe(2);
    expect((await runFerry(['resume', '--take-project'], other)).code).toBe(0);
    const second = startFerry(['work'], other);
    await runFerry(['submit', '--wait', await manifestFile('planned', 3)], other);
    await second.stop();
    const before = await ledgerKeys();
    const { code, plan } = await planOf(file, env);

    expect(code).toBe(0);
    expect(plan.images.map(({ verdict }) => verdict)).toEqual([
      'imported',
      'imported',
      'adopt',
      'create',
    ]);
    expect(plan.quota).toMatchObject({ used: 3, needs: 1 });
    expect(plan.tasks).toEqual({ in_flight: 0, limit: 30, tenant_limit: 40 });
    expect(await ledgerKeys()).toEqual(before);
    expect(simulator.stats.posts).toBe(3);
    const all = await runFerry(['plan', '--all', file], env);
    expect(all.stdout).toMatch(
      /adopt +planned-003 +40 GB +bucket:ok\/planned-003\.qcow2 +image [0-9a-f-]{36}/,
    );
    const text = await runFerry(['plan', file], env);
    expect(text.stdout).toMatch(
      /^Images +4: 1 to be created, 1 to be adopted .*, 2 already imported/,
    );
    expect(text.stdout).not.toContain('planned-003');
  });

  test('without a login it compares with the ledger, and names what it could not check', async () => {
    const env = { REDIS_URL: redis.url };
    const { code, stdout } = await runFerry(['plan', await manifestFile('offline', 2)], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/^Images +2: 2 to be created$/m);
    expect(stdout).toMatch(
      /^Not checked +images and quota: neither OS_AUTH_URL nor OS_CLOUD is set$/m,
    );
  });

  test('a refused login ends it with 3', async () => {
    const simulator = await cloud({});
    const env = { ...accountEnv(simulator, redis.url), OS_PASSWORD: 'wrong' };
    const { code, stderr } = await runFerry(['plan', await manifestFile('refused', 2)], env);
    expect(code).toBe(3);
    expect(stderr).toContain('IAM refuses the login');
  });
});

describe('a quota that is too small', () => {
  test('is shown by plan, image by image', async () => {
    const simulator = await cloud({ imageQuota: 3 });
    const env = accountEnv(simulator, redis.url);
    const { code, plan } = await planOf(await manifestFile('short', 5), env);
    expect(code).toBe(1);
    expect(plan.quota).toMatchObject({ quota: 3, free: 3, needs: 5 });
    expect(plan.counts).toMatchObject({ create: 3, 'over-quota': 2 });
  });

  test('stops submit before anything is registered', async () => {
    const simulator = await cloud({ imageQuota: 3 });
    const env = accountEnv(simulator, redis.url, CHECKED);
    const file = await manifestFile('short', 5);
    const { code, stderr } = await runFerry(['submit', file], env);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^Quota +3 of 3 free \(0 used\), 5 needed$/m);
    expect(stderr).toContain('Use --partial to submit what fits');
    expect(await ledgerKeys()).toEqual([]);
  });

  test.each([
    ['--partial', 'over the quota'],
    ['--no-check', 'Batch short: 5 of 5'],
  ])('%s continues', async (flag, says) => {
    const simulator = await cloud({ imageQuota: 3 });
    const env = accountEnv(simulator, redis.url, CHECKED);
    const { code, stderr } = await runFerry(['submit', flag, await manifestFile('short', 5)], env);
    expect(code).toBe(0);
    expect(stderr).toContain(says);
    expect(stderr).toContain('5 of 5 images enqueued');
  });

  test('does not count what is there already', async () => {
    const simulator = await cloud({ imageQuota: 5, duration: 100 });
    const env = accountEnv(simulator, redis.url, CHECKED);
    startFerry(['work'], env);
    const first = await runFerry(['submit', '--wait', await manifestFile('grows', 4)], env);
    expect(first.code).toBe(0);
    const second = await runFerry(['submit', '--wait', await manifestFile('grows', 5)], env);
    expect(second.code).toBe(0);
    expect(simulator.accepted).toHaveLength(5);
  });
});

test('a quota of -1 is no limit: plan, submit and doctor report that, and all is imported', async () => {
  const simulator = await cloud({ imageQuota: -1, duration: 100 });
  const env = accountEnv(simulator, redis.url, CHECKED);
  const file = await manifestFile('unlimited', 3);
  const { stdout } = await runFerry(['plan', file], env);
  expect(stdout).toMatch(/^Quota +no limit \(0 used\), 3 needed$/m);
  const { code, plan } = await planOf(file, env);
  expect({ code, over: plan.counts['over-quota'] }).toEqual({ code: 0, over: 0 });
  startFerry(['work'], env);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  const { findings } = await examine(env);
  expect(findings).toContainEqual({
    area: 'quota',
    state: 'ok',
    said: '3 images, no limit',
  });
});

test('a cloud that cannot be asked does not stop a submit', async () => {
  const simulator = await cloud({});
  const env = {
    ...accountEnv(simulator, redis.url, CHECKED),
    OS_AUTH_URL: 'http://127.0.0.1:9/v3',
  };
  const { code, stderr } = await runFerry(['submit', await manifestFile('alone', 2)], env);
  expect(code).toBe(0);
  expect(stderr).toContain('Not checked: images and quota');
  expect(stderr).toContain('2 of 2 images enqueued');
});
