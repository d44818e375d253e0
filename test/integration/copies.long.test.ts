import { expect, test } from 'vitest';
import { doubles } from '../support/account.ts';
import {
  AWAY,
  copyEnv,
  imagesOf,
  KEY_ID,
  manifestWithCopies,
  twoRegions,
} from '../support/copies.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

test('an image, its encrypted copy and that in another region are made from one manifest, once each', async () => {
  const simulator = await twoRegions();
  const env = await copyEnv(simulator, redis.url);
  startFerry(['work'], env);
  const { code, stderr } = await runFerry(
    ['submit', '--wait', await manifestWithCopies('first')],
    env,
  );
  expect(stderr).toContain('3/3 done (3 succeeded)');
  expect(code).toBe(0);
  expect(doubles(simulator)).toEqual([]);
  const [source, ...copies] = simulator.accepted;
  expect(copies.map(({ api, name }) => `${api} ${name}`).toSorted()).toEqual([
    'copy first-vm',
    'copy first-vm-encrypted',
  ]);
  const id = source?.image_ids[0];
  const origin = `image,eu-de,${id}`;
  const all = imagesOf(simulator);
  expect(all).toHaveLength(3);
  const away = all.find(({ owner }) => owner === AWAY.id);
  const encrypted = all.find(({ name }) => name === 'first-vm-encrypted');
  expect(away?.fields).toMatchObject({ __data_origin: origin });
  expect(encrypted?.fields).toMatchObject({ __data_origin: origin, __system__cmkid: KEY_ID });
  // Each has a marker of its own, and never its source's.
  for (const copy of [away, encrypted]) {
    const marker = simulator.accepted.find(({ image_ids }) => image_ids[0] === copy?.id)?.marker;
    expect(copy?.tags).toEqual([
      { key: 'team', value: 'storage' },
      { key: 'imsferry-copy', value: marker },
    ]);
    expect(copy?.fields['__description']).toBe(`golden [imsferry-copy:${marker}]`);
  }
  // Registered again, nothing is made again.
  const again = await runFerry(['submit', '--wait', await manifestWithCopies('first')], env);
  expect(again.code).toBe(0);
  expect(again.stderr).not.toContain('differs');
  expect(simulator.accepted).toHaveLength(3);
  expect((await runFerry(['status'], env)).stdout).not.toMatch(/another installation/);
});

test('a copy whose image is gone is made again on request; what is there is kept', async () => {
  const simulator = await twoRegions();
  const env = await copyEnv(simulator, redis.url, { IMS_FERRY_UNKNOWN_WINDOW_MS: '1500' });
  startFerry(['work'], env);
  const file = await manifestWithCopies('again');
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  const before = imagesOf(simulator);
  const [gone] = before.filter(({ owner }) => owner === AWAY.id);
  if (!gone) throw new Error('no copy in the other region');
  simulator.state.cloud.images.put({ ...gone, deletedAt: Date.now() });
  expect((await runFerry(['submit', '--wait', '--recreate', file], env)).code).toBe(0);
  const after = imagesOf(simulator);
  const others = before.filter(({ id }) => id !== gone.id);
  expect(after.filter(({ id }) => others.some((one) => one.id === id))).toHaveLength(2);
  const [made, another] = after.filter(({ owner }) => owner === AWAY.id);
  expect(another).toBeUndefined();
  expect(made?.id).not.toBe(gone.id);
  expect(made?.tags.some(({ key }) => key === 'imsferry-copy')).toBe(true);
  expect(simulator.accepted.map(({ api }) => api)).toEqual(['system', 'copy', 'copy', 'copy']);
});
