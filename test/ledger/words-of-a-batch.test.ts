import { expect, test } from 'vitest';
import type { Manifest } from '../../src/shared/image/image-request.ts';
import { manifestImages } from '../support/images.ts';
import { AT, KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const RULES = [{ family: 'debian-12-*', keepLast: 3 }];
const ROWS = [{ family: 'debian-12-*', keep_last: 3 }];

type Words = Pick<Manifest, 'notify' | 'retention'>;

function ledger() {
  const { batches } = openLedgerParts(redis.client);
  return {
    ...{ batches },
    register: (manifest?: Words, count = 1) =>
      batches.register('b', manifestImages(count), { ...AT, ...(manifest && { manifest }) }),
    words: async () => {
      const { notify, retention } = (await batches.summary('b')) ?? {};
      return { notify, retention };
    },
  };
}

test('a batch has what its newest manifest says of it', async () => {
  const { register, words } = ledger();
  await register({ notify: 'ops', retention: RULES });
  expect(await words()).toEqual({ notify: 'ops', retention: ROWS });
  await register({ notify: 'lab', retention: [{ family: 'web-*', keepLast: 1 }] });
  expect(await words()).toEqual({
    notify: 'lab',
    retention: [{ family: 'web-*', keep_last: 1 }],
  });
  await register({});
  expect(await words()).toEqual({});
  expect(await redis.client.hmget(KEYS.batch('b'), 'notify', 'retention')).toEqual([null, null]);
});

test('an image that is registered again without its manifest leaves that as it is', async () => {
  const { register, words } = ledger();
  await register({ notify: 'ops', retention: RULES });
  await register(undefined, 2);
  expect(await words()).toEqual({ notify: 'ops', retention: ROWS });
});

test('a batch of an older version has no rules, and an overwritten one none either', async () => {
  const { register, words, batches } = ledger();
  await register({ notify: 'ops' });
  expect(await words()).toEqual({ notify: 'ops' });
  await redis.client.hset(KEYS.batch('b'), 'retention', '{"family":');
  expect(await words()).toEqual({ notify: 'ops' });
  expect((await batches.summary('b'))?.total).toBe(1);
});

test('the event of its end has its counts and whom to notify, and not the rules', async () => {
  const { register, batches } = ledger();
  const { ledger: imports, project } = openLedgerParts(redis.client);
  const retention = Array.from({ length: 1000 }, (_, at) => ({
    family: `${'f'.repeat(120)}${at}`,
    keepLast: 1,
  }));
  await register({ notify: 'ops', retention });
  const [key = ''] = await batches.members('b', 0, 1);
  await imports.change(key, { type: 'cancel' }, AT);
  const [event] = await redis.client.xrange(project.keys.events, '-', '+');
  const text = event?.[1].join(' ') ?? '';
  expect(text).toContain('"notify","ops"');
  expect(text).toContain('"n:cancelled","1"');
  expect(text.length).toBeLessThan(1000);
  expect((await batches.summary('b'))?.retention).toHaveLength(1000);
});
