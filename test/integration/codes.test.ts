import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { imagesOf } from '../support/one-run.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const RESUBMIT = {
  IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
  IMS_FERRY_UNKNOWN_WINDOW_MS: '600',
};

async function importOne(answer: Parameters<typeof cloud>[0]) {
  const simulator = await cloud({ duration: 100, ...answer });
  const env = accountEnv(simulator, redis.url, RESUBMIT);
  startFerry(['work'], env);
  await runFerry(['submit', await manifestFile('one', 1)], env);
  const image = async () => (await imagesOf('one', env))[0];
  return { simulator, env, image };
}

test.each(['IMG.0025', 'IMG.0041', 'IMG.0074', 'IMG.0105', 'IMG.0138', 'IMG.0145'])(
  'the documented refusal %s fails its image with code and advice after one POST',
  async (code) => {
    const { simulator, env, image } = await importOne({ answers: { 'create system': code } });
    await until(async () => (await image())?.state === 'failed');
    expect((await image())?.error?.code).toBe(code);
    expect(simulator.stats.posts).toBe(1);
    const { stdout } = await runFerry(['status', 'one', '--failed'], env);
    expect(stdout).toMatch(/\n {6}[A-Z].*\./);
  },
);

test('an undocumented code is sent again once; the same answer again holds the import', async () => {
  const answers = { 'create system': { code: 'IMG.9876', message: 'odd' } };
  const { simulator, image } = await importOne({ answers });
  await until(async () => (await image())?.held === true);
  expect(await image()).toMatchObject({ state: 'unknown', error: { code: 'IMG.9876' } });
  expect(simulator.stats.posts).toBe(2);
});

test('an image that an undocumented code has made all the same is taken over', async () => {
  const answers = { 'create system': { code: 'IMG.9876', accepted: true } };
  const { simulator, image } = await importOne({ answers });
  await until(async () => (await image())?.state === 'succeeded');
  expect(simulator.accepted).toHaveLength(1);
});
