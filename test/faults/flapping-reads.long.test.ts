import { expect, test } from 'vitest';
import { cloud } from '../support/cloud.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { hideImages, imagesOfAll } from '../support/hidden-images.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { behindProxy } from '../support/one-run.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

/** Three images that are there, and a cloud whose reads of one image the test can spoil. */
async function imported(name: string) {
  const simulator = await cloud({ duration: 100 });
  const proxy = await faultProxy(simulator.url);
  const env = behindProxy(simulator, proxy, {
    redisUrl: redis.url,
    env: { IMS_FERRY_NAMESPACE: name, IMS_FERRY_UNKNOWN_WINDOW_MS: '6000' },
  });
  startFerry(['work'], env);
  const file = await manifestFile(name, 3);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  return { simulator, proxy, env, file };
}

test('--recreate does not take one 404 of an image read for "gone"', async () => {
  const { simulator, proxy, env, file } = await imported('one-404');
  // Nor do a list that is late and one 404 agree.
  simulator.set({ listingDelayMs: 3_600_000 });
  const json = { itemNotFound: { message: 'No image found.', code: 404 } };
  proxy.plan({ fault: { status: 404, json }, path: /\/v2\/images\//, count: 3 });
  const again = await runFerry(['submit', '--wait', '--recreate', file], env);
  expect(again.stderr).toContain('3/3 done (3 succeeded)');
  expect(proxy.struck()).toBe(3);
  expect(simulator.accepted).toHaveLength(3);
});

test('--recreate does not take an image for gone that list and reads hide for a moment', async () => {
  const { simulator, env, file } = await imported('a-moment');
  const calls = () => simulator.stats.calls['image'] ?? 0;
  const before = calls();
  const show = hideImages(simulator, imagesOfAll(simulator));
  const waiting = runFerry(['submit', '--wait', '--recreate', file], env);
  await until(() => calls() >= before + 6);
  show();
  expect((await waiting).stderr).toContain('3/3 done (3 succeeded)');
  expect(simulator.accepted).toHaveLength(3);
});

test('--recreate creates once what list and reads agree is gone, check after check', async () => {
  const { simulator, env, file } = await imported('gone');
  hideImages(simulator, imagesOfAll(simulator));
  const again = await runFerry(['submit', '--wait', '--recreate', file], env);
  expect(again.stderr).toContain('3/3 done (3 succeeded)');
  expect(simulator.accepted).toHaveLength(6);
});
