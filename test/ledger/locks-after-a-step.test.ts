import { describe, expect, test } from 'vitest';
import { TokenStore } from '../../src/shared/cloud/session/token-store.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { passwordCloud } from '../support/cloud-config.ts';
import { KEYS, openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const DAY_MS = 24 * 3_600_000;

/** What a wall clock that is set back does to every key with a life time. */
async function setBack(key: string): Promise<void> {
  await server.client.pexpire(key, (await server.client.pttl(key)) + DAY_MS);
}

describe('after the wall clock of Redis was set back by a day', () => {
  test('a lease of a worker that is gone lasts no longer than one that is taken now', async () => {
    const { project } = openLedgerParts(server.client);
    expect(await project.lease('duties', 'gone', 2000)).toBe(true);
    await setBack(KEYS.lease('duties'));
    expect(await project.lease('duties', 'here', 2000)).toBe(false);
    expect(await server.client.pttl(KEYS.lease('duties'))).toBeLessThanOrEqual(2000);
  });

  test('calls pause no longer than they were to', async () => {
    const { project } = openLedgerParts(server.client);
    await project.coolDown('read', 1500);
    await setBack(KEYS.cooldown('read'));
    expect(await project.coolingMs('read')).toBeLessThanOrEqual(1500);
    expect(await server.client.pttl(KEYS.cooldown('read'))).toBeLessThanOrEqual(1500);
  });

  test('a queue job stays locked no longer than a lock, and stalled ones are looked for', async () => {
    const queues = new Queues(server.client, 'test');
    const queue = '{imsferry:test}:q:image-poll';
    await server.client.rpush(`${queue}:active`, 'job');
    for (const key of [`${queue}:job:lock`, `${queue}:stalled-check`]) {
      await server.client.set(key, '1', 'PX', 1000);
      await setBack(key);
    }
    await queues.shortenLocks(2000);
    expect(await server.client.pttl(`${queue}:job:lock`)).toBeLessThanOrEqual(2000);
    expect(await server.client.pttl(`${queue}:stalled-check`)).toBeLessThanOrEqual(2000);
    await queues.close();
  });

  test('a worker that is gone does not count as alive for a day', async () => {
    const { project } = openLedgerParts(server.client);
    await project.beat('gone', {
      now: DAY_MS,
      until: DAY_MS + 2000,
      maxInFlight: 1,
      submitRate: 60,
    });
    await project.beat('here', { now: 1000, until: 3000, maxInFlight: 1, submitRate: 60 });
    expect((await project.fleet(1000)).workers).toBe(1);
  });

  test('the lock of a login that was never ended is short', async () => {
    const store = await TokenStore.open(server.client, 'token:', {
      cloud: passwordCloud(
        { username: 'u', password: 'p', domain: 'd' },
        { authUrl: 'https://iam.test/v3' },
      ),
      tokenKey: Buffer.alloc(32),
    });
    expect(await store.lock('gone')).toBe(true);
    const [key = ''] = await server.client.keys('token:lock:*');
    await setBack(key);
    expect(await store.lock('here')).toBe(false);
    expect(await server.client.pttl(key)).toBeLessThanOrEqual(15_000);
  });
});
