import { expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const COUNT = 60;

function manifest(fields: object): Promise<string> {
  const images = Array.from({ length: COUNT }, (_, at) => {
    const name = `vm-${String(at).padStart(3, '0')}`;
    return { name, image_url: `bucket:ok/${name}.qcow2`, min_disk: 40, ...fields };
  });
  return textFile('kept.json', JSON.stringify({ name: 'kept', images }));
}

async function imported() {
  const simulator = await cloud({ duration: 20 });
  const env = accountEnv(simulator, redis.url);
  const worker = startFerry(['work'], env);
  const old = await manifest({ tags: ['stage.test'] });
  expect((await runFerry(['submit', '--wait', old], env)).code).toBe(0);
  await worker.stop();
  return { simulator, env, file: await manifest({ description: 'new', tags: ['stage.live'] }) };
}

/** Every image is as the manifest says, has its marker, and no change was made twice. */
function expectUpdatedOnce({ state, changes, accepted }: Simulator): void {
  for (const { image_ids, marker } of accepted) {
    const image = state.cloud.images.get(image_ids[0] ?? '');
    expect(image?.fields['__description']).toBe('new');
    const tags = (image?.tags ?? []).map(({ key, value }) => `${key}=${value}`);
    expect(new Set(tags)).toEqual(new Set([`imsferry=${marker}`, 'stage=live']));
  }
  const made = changes.filter(({ fields }) => fields.length > 0);
  expect(made).toHaveLength(2 * COUNT);
  expect(accepted).toHaveLength(COUNT);
}

/** Calls it right when the cloud has made this number of changes. */
function atChange({ state: { cloud } }: Simulator, count: number, act: () => void): void {
  const change = cloud.change.bind(cloud);
  const counted = (...made: Parameters<typeof change>): void => {
    change(...made);
    if (cloud.changes.length === count) act();
  };
  Object.assign(cloud, { change: counted });
}

test.each([1, 17, 70])(
  'killed after %i changes, the next run makes only those that are missing',
  async (after) => {
    const { simulator, env, file } = await imported();
    const { process, exited } = spawnFerry(['submit', '--update', file], env);
    atChange(simulator, after, () => process.kill('SIGKILL'));
    expect(await exited).toBe('SIGKILL');
    const { code, stderr } = await runFerry(['submit', '--update', file], env);
    expect(code).toBe(0);
    expectUpdatedOnce(simulator);
    expect(stderr).toMatch(/^\d+ images? updated/m);
    const before = simulator.changes.length;
    const third = await runFerry(['submit', '--update', file], env);
    expect(third.stderr).toMatch(/^0 images updated, 60 are as the manifest says$/m);
    expect(simulator.changes).toHaveLength(before);
  },
);

test('Ctrl-C ends it after the images under way, with what is left; it continues where it was', async () => {
  const { simulator, env, file } = await imported();
  const running = spawnFerry(['submit', '--update', file], env);
  atChange(simulator, 9, () => running.process.kill('SIGINT'));
  expect(await running.exited).toBe(1);
  expect(running.stderr()).toMatch(
    /^Stopped: \d+ images? w(as|ere) not reached; run it again to continue\.$/m,
  );
  // Both calls of an image that was begun were made.
  expect(Map.groupBy(simulator.changes, ({ call }) => call).get('patch')).toHaveLength(
    simulator.changes.length / 2,
  );
  expect((await runFerry(['submit', '--update', file], env)).code).toBe(0);
  expectUpdatedOnce(simulator);
});

test('two at once write the same, and the story has it once', async () => {
  const { simulator, env, file } = await imported();
  const both = await Promise.all([
    runFerry(['submit', '--update', file], env),
    runFerry(['submit', '--update', file], env),
  ]);
  expect(both.map(({ code }) => code)).toEqual([0, 0]);
  expectUpdatedOnce(simulator);
  const { stdout } = await runFerry(['show', 'kept', 'vm-003'], env);
  expect(stdout.match(/updated: /g)).toHaveLength(1);
});

test('a cloud that throttles slows it down, and loses no change', async () => {
  const { simulator, env, file } = await imported();
  simulator.set({ answers: { tag: 'APIGW.0308' } });
  const running = startFerry(['submit', '--update', file], env);
  await until(() => (simulator.stats.calls['tag'] ?? 0) >= 3);
  simulator.set({ answers: { patch: 'APIGW.0308' } });
  await until(() => (simulator.stats.calls['patch'] ?? 0) >= 2);
  simulator.set({ answers: {} });
  expect(await running.exited).toBe(0);
  expect(running.stderr()).toMatch(/^60 images updated$/m);
  expectUpdatedOnce(simulator);
});
