import { expect, onTestFinished, test } from 'vitest';
import { openFerry } from '../../src/library/ferry.ts';
import { imageOf, keptImages, keptManifest } from '../support/kept-images.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const NAMES = ['a', 'b'];

test('submitManifest changes images that exist with update, and only then', async () => {
  const { simulator, env } = await keptImages(redis.url, {
    names: NAMES,
    fields: { description: 'old' },
  });
  const file = await keptManifest(NAMES, { description: 'new' }, { b: { min_disk: 50 } });
  const ferry = await openFerry(env);
  onTestFinished(() => ferry.close());

  const plain = await ferry.submitManifest({ file });
  expect(plain).not.toHaveProperty('update');
  expect(plain.warnings).toHaveLength(2);
  expect(simulator.changes).toEqual([]);

  const { update, warnings } = await ferry.submitManifest({ file }, { update: true });
  const changes = [{ field: 'description', is: 'old', wanted: 'new' }];
  expect(update?.updated).toMatchObject([{ name: 'a', changes, other_tags: [] }, { name: 'b' }]);
  expect(update?.cannot_change).toMatchObject([{ name: 'b', fields: ['min_disk'] }]);
  expect(update).toMatchObject({ not_updated: [], unchanged: 0, not_reached: 0, ended: null });
  expect(warnings).toEqual([]);
  expect(imageOf(simulator, 'a').fields).toMatchObject({ __description: 'new' });

  const again = await ferry.submitManifest({ file }, { update: true });
  expect(again.update).toMatchObject({ updated: [], unchanged: 1 });
});

test('without a login nothing is registered', async () => {
  const ferry = await openFerry({ REDIS_URL: redis.url });
  onTestFinished(() => ferry.close());
  const file = await keptManifest(NAMES, {});
  await expect(ferry.submitManifest({ file }, { update: true })).rejects.toMatchObject({
    code: 'CONFIG',
  });
  await expect(ferry.readStatus('kept')).rejects.toMatchObject({ code: 'UNKNOWN_BATCH' });
});
