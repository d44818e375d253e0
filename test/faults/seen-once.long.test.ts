import { describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { hideImages, imagesOfAll } from '../support/hidden-images.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { imagesOf, SHORT_WINDOW } from '../support/one-run.ts';
import { together } from '../support/together.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();

function envOf(simulator: Simulator, name: string, more: FerryEnv): FerryEnv {
  const names = { IMS_FERRY_NAMESPACE: name };
  return accountEnv(simulator, redis.url, { ...SHORT_WINDOW, ...names, ...more });
}

/** Policy auto creates again only where the list was measured to be quick. */
async function measured(name: string): Promise<void> {
  const lags = ['a', 'b', 'c', 'd', 'e'].flatMap((sample) => [10, sample]);
  await redis.client.zadd(`{imsferry:${name}}:lags`, ...lags);
}

/** One image whose answer was lost, found in `saving` and adopted. */
async function adopted(name: string, more: FerryEnv) {
  const simulator = await cloud({ duration: 3_600_000, nextCreates: { dropAfter: 1 } });
  const env = envOf(simulator, name, more);
  await measured(name);
  startFerry(['work'], env);
  await runFerry(['submit', await manifestFile(name, 1)], env);
  await until(async () => (await imagesOf(name, env))[0]?.state === 'creating');
  const isHeld = async () =>
    simulator.accepted.length > 1 || (await imagesOf(name, env))[0]?.held === true;
  return { simulator, env, isHeld };
}

const POLICIES = ['auto', 'resubmit', 'hold'].map((policy) => ({ what: policy, policy }));

test('an image that was adopted and is hidden from list and reads for longer than the window is held', async () => {
  await together(POLICIES, async ({ policy }) => {
    const name = `hidden-${policy}`;
    const { simulator, env, isHeld } = await adopted(name, { IMS_FERRY_UNKNOWN_POLICY: policy });
    const show = hideImages(simulator, imagesOfAll(simulator));
    await until(isHeld);
    expect(simulator.accepted).toHaveLength(1);
    expect((await imagesOf(name, env))[0]?.error?.code).toBe('IMAGE_DELETED');
    const [id = ''] = imagesOfAll(simulator);
    const survey = await runFerry(['resolve', name], env);
    expect(survey.stdout).toContain(`known: image ${id} is gone: list and image read agree`);
    show();
    const again = await runFerry(['resolve', name, '--resubmit'], env);
    expect(again.stdout).toContain(`its image is there (${id})`);
    await runFerry(['resolve', name, '--adopt'], env);
    simulator.finishAll();
    await until(async () => (await imagesOf(name, env))[0]?.state === 'succeeded');
    expect(simulator.accepted).toHaveLength(1);
  });
});

describe('a held import whose image is gone', () => {
  test('is created again once a person decides that, and only when several checks agree', async () => {
    const { simulator, env, isHeld } = await adopted('asked', {});
    const show = hideImages(simulator, imagesOfAll(simulator));
    await until(isHeld);
    expect(simulator.accepted).toHaveLength(1);
    expect((await runFerry(['resolve', 'asked', '--resubmit'], env)).code).toBe(0);
    await until(async () => (await imagesOf('asked', env))[0]?.state === 'creating');
    expect(simulator.accepted).toHaveLength(2);
    show();
    simulator.finishAll();
    await until(async () => (await imagesOf('asked', env))[0]?.state === 'succeeded');
    expect(simulator.accepted).toHaveLength(2);
  });

  test('is taken over when it shows up while a person wants it to be created again', async () => {
    const { simulator, env, isHeld } = await adopted('back', {});
    const show = hideImages(simulator, imagesOfAll(simulator));
    await until(isHeld);
    const reads = () => simulator.stats.calls['image'] ?? 0;
    const before = reads();
    await runFerry(['resolve', 'back', '--resubmit'], env);
    await until(() => reads() > before + 1);
    show();
    simulator.finishAll();
    await until(async () => (await imagesOf('back', env))[0]?.state === 'succeeded');
    expect(simulator.accepted).toHaveLength(1);
  });
});

test('a list that shows an image and hides it again, at random, leads to no second create', async () => {
  const simulator = await cloud({
    duration: { median: 4000, sigma: 0.5 },
    createFaults: { dropAfter: 0.5 },
  });
  const env = envOf(simulator, 'flapping', { IMS_FERRY_UNKNOWN_WINDOW_MS: '3000' });
  startFerry(['work'], env);
  startFerry(['work'], env);
  const random = seededRandom(16);
  await runFerry(['submit', await manifestFile('flapping', 20)], env);
  for (let isOver = false; !isOver; ) {
    const images = await imagesOf('flapping', env);
    isOver = images.every(({ state, held }) => held || state === 'succeeded');
    // What nobody has seen yet is late, not hidden: that is what the window is for.
    const seen = images.flatMap(({ image_id }) => image_id ?? []);
    const show = hideImages(
      simulator,
      seen.filter(() => random.next() < 0.7),
    );
    await systemClock.sleep(5000 * random.next());
    show();
    await systemClock.sleep(1000 * random.next());
  }
  expect(doubles(simulator)).toEqual([]);
  await runFerry(['resolve', 'flapping', '--adopt'], env);
  await until(async () =>
    (await imagesOf('flapping', env)).every(({ state }) => state === 'succeeded'),
  );
  expect(simulator.accepted).toHaveLength(20);
});
