import { expect, test } from 'vitest';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { ProjectStore } from '../../src/shared/ledger/project-store.ts';
import { runFerry } from '../support/ferry.ts';
import { imageOf, keptImages, keptManifest, tagsOf, update } from '../support/kept-images.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

test('what people changed in the cloud is taken back: every field that the manifest names, by the id of the image', async () => {
  const all = {
    description: 'd',
    tags: ['team.a'],
    min_ram: 1024,
    max_ram: 4096,
    hw_firmware_type: 'uefi',
  };
  const eps = '11111111-2222-3333-4444-555555555555';
  const { simulator, env } = await keptImages(
    redis.url,
    { names: ['a', 'b'], fields: { ...all, enterprise_project_id: eps } },
    { enterpriseProjects: [eps] },
  );
  const before = imageOf(simulator, 'a');
  const other = imageOf(simulator, 'b');
  const fields = {
    ...before.fields,
    __description: 'x',
    min_ram: 1,
    max_ram: '2',
    hw_firmware_type: 'bios',
  };
  simulator.state.cloud.images.put({
    ...before,
    name: 'b',
    tags: [{ key: 'Finance', value: '7' }, ...before.tags.filter(({ key }) => key === 'imsferry')],
    fields: { ...fields, enterprise_project_id: '0' },
  });
  const result = await update(
    await keptManifest(['a', 'b'], { ...all, enterprise_project_id: eps }),
    env,
  );
  expect(result).toMatchObject({ code: 0, unchanged: 1 });
  expect(result.updated).toMatchObject([{ name: 'a', other_tags: ['Finance=7'] }]);
  const now = imageOf(simulator, 'a');
  expect(now).toMatchObject({ name: 'a', fields: before.fields });
  expect(tagsOf(simulator, 'a')).toEqual([
    'Finance.7',
    expect.stringMatching(/^imsferry\./),
    'team.a',
  ]);
  expect(imageOf(simulator, 'b')).toEqual(other);
});

test('what IMS refuses for one image stops no other, and each is named with the reason', async () => {
  const { simulator, env } = await keptImages(redis.url, {
    names: ['a', 'full', 'gone', 'sleeps'],
    fields: {},
  });
  const [full, gone, sleeps] = ['full', 'gone', 'sleeps'].map((name) => imageOf(simulator, name));
  const nine = Array.from({ length: 9 }, (_, at) => ({ key: `k${at}`, value: '' }));
  const { images } = simulator.state.cloud;
  if (full) images.put({ ...full, tags: [...full.tags, ...nine] });
  if (gone) images.put({ ...gone, deletedAt: 1 });
  if (sleeps) images.put({ ...sleeps, fields: { ...sleeps.fields, status: 'deactivated' } });
  const file = await keptManifest(['a', 'full', 'gone', 'sleeps'], { tags: ['team.b'] });
  const result = await update(file, env);
  expect(result).toMatchObject({ code: 1, updated: [{ name: 'a' }], not_reached: 0 });
  expect(new Map(result.not_updated.map(({ name, code }) => [name, code]))).toEqual(
    new Map([
      ['full', 'IMG.0116'],
      ['gone', 'IMAGE_GONE'],
      ['sleeps', 'NOT_ACTIVE'],
    ]),
  );
  expect(result.stderr).toMatch(/^3 images not updated:$/m);
  // What was not done is still a difference.
  const { stderr } = await runFerry(['submit', file], env);
  expect(stderr).toContain('3 images differ in what IMS can change');
});

test('a right that is missing ends it at the first image, with its name', async () => {
  const { simulator, env } = await keptImages(redis.url, { names: ['a', 'b', 'c'], fields: {} });
  simulator.set({ missingRights: ['ims:images:update'] });
  const result = await update(await keptManifest(['a', 'b', 'c'], { description: 'd' }), env);
  expect(result).toMatchObject({ code: 1, updated: [], not_reached: 2 });
  expect(result.not_updated).toMatchObject([{ name: 'a', code: 'IMG.0026' }]);
  expect(result.stderr).toContain('The login needs ims:images:update');
  expect(result.stderr).toContain('2 images were not reached');
  expect(simulator.stats.calls).toMatchObject({ patch: 1 });
});

test('beside workers it takes turns in their rate, with all its calls: the cloud throttles nothing', async () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l'];
  const { simulator, env } = await keptImages(redis.url, { names, fields: {} });
  simulator.set({ rateLimitPerSecond: 8 });
  const { rateLimit } = new ProjectStore(redis.client, ledgerKeys('default'));
  // The second throttling within a minute lowers the rate, to four fifths of this.
  await rateLimit.lower(5);
  expect(await rateLimit.lower(5)).toBe(4);
  const result = await update(await keptManifest(names, { description: 'd' }), env);
  expect(result).toMatchObject({ code: 0, not_reached: 0 });
  expect(result.updated).toHaveLength(names.length);
  expect(simulator.stats.throttled).toBe(0);
});
