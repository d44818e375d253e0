import type { Redis } from 'ioredis';
import { Webhook } from 'standardwebhooks';
import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const SECRET = `whsec_${Buffer.alloc(32, 7).toString('base64')}`;

test('a batch that finishes is one notification, signed so that others can check it', async () => {
  const [simulator, hook] = [await cloud({ duration: 100 }), await receiver()];
  const env = accountEnv(simulator, redis.url, {
    IMS_FERRY_NOTIFY_ALLOW_PRIVATE: '1',
    IMS_FERRY_NOTIFY_SECRET: SECRET,
    IMS_FERRY_LOCK_MS: '1000',
  });
  const worker = startFerry(['work', '--notify', hook.url], env);
  const file = await manifestFile('moved', 3);
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  await until(() => hook.log.length === 1);
  const [got] = hook.log;
  expect(got?.notification).toMatchObject({
    version: 1,
    id: expect.stringMatching(/^evt_[0-9a-f]{32}$/),
    type: 'batch.finished',
    namespace: 'default',
    cloud: null,
    batch: 'moved',
    text: 'Batch moved has finished: 3 of 3 images succeeded. Report: ims-ferry report moved',
    data: { counts: { succeeded: 3, failed: 0 }, total: 3, missing: 0, failures: [] },
  });
  const headers = Object.fromEntries(
    Object.entries(got?.headers ?? {}).map(([name, value]) => [name, String(value)]),
  );
  expect(headers['webhook-id']).toBe(got?.notification.id);
  expect(new Webhook(SECRET).verify(got?.body ?? '', headers)).toEqual(got?.notification);
  await worker.stop();
  // Nothing of the address but its host is shown or stored.
  expect(worker.stderr()).toContain(hook.host);
  expect(worker.stderr()).not.toMatch(/xoxb|whsec/);
  expect(await storedTexts(redis.client)).toMatch(/127\.0\.0\.1/);
  expect(await storedTexts(redis.client)).not.toMatch(/xoxb-secret|whsec/);
});

/** Everything in Redis that is a text, a hash or a stream. */
async function storedTexts(client: Redis): Promise<string> {
  const texts: unknown[] = [];
  for (const key of await client.keys('*')) {
    const type = await client.type(key);
    if (type === 'hash') texts.push(await client.hgetall(key));
    if (type === 'string') texts.push(await client.get(key));
    if (type === 'stream') texts.push(await client.xrange(key, '-', '+'));
  }
  return JSON.stringify(texts);
}
