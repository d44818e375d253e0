import { describe, expect, onTestFinished, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { examine } from '../support/examine.ts';
import { runFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { needing } from '../support/programs.ts';
import { clientOf, PRIMARY, redisServer, sentinel } from '../support/redis-servers.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** The address for a user who may do this only. */
async function userWho(...may: readonly string[]): Promise<string> {
  await redis.client.call('ACL', 'SETUSER', 'weak', 'reset', 'on', '>canary', '&*', ...may);
  return `redis://weak:canary@${new URL(redis.url).host}`;
}

async function fullRedis(): Promise<string> {
  await redis.client.config('SET', 'maxmemory', '1');
  onTestFinished(() => void redis.client.config('SET', 'maxmemory', '0'));
  return redis.url;
}

describe.each([
  {
    what: 'whose user may use other keys only',
    url: () => userWho('~other:*', '+@all'),
    says: /NOPERM/,
    advises: 'docs/redis.md',
  },
  {
    what: 'whose user may run no scripts',
    url: () => userWho('~*', '+@all', '-@scripting'),
    says: /NOPERM/,
    advises: 'docs/redis.md',
  },
  { what: 'that is full', url: fullRedis, says: /OOM/, advises: 'maxmemory' },
])('a Redis $what', ({ url, says, advises }) => {
  test('is named by doctor, and nothing else', async () => {
    const { failed, code, text } = await examine(accountEnv(await cloud({}), await url()));
    expect(failed.map(({ area }) => area)).toEqual(['Redis']);
    const [found] = failed;
    expect(found?.said).toMatch(says);
    expect(found?.advice).toContain(advises);
    expect(code).toBe(3);
    expect(text).not.toContain('canary');
  });

  test('is not reported as our fault by other commands', async () => {
    const env = accountEnv(await cloud({}), await url());
    const file = await manifestFile('refused', 1);
    const { code, stderr } = await runFerry(['submit', file], env);
    expect(stderr).toMatch(says);
    expect(stderr).toContain(advises);
    expect(stderr).not.toContain('bug in ims-ferry');
    expect(code).toBe(3);
  });
});

test('a database that Redis does not have is refused: nothing goes into another one', async () => {
  const env = { ...accountEnv(await cloud({}), `${redis.url}/99`) };
  const { code, stderr } = await runFerry(['submit', await manifestFile('nowhere', 1)], env);
  expect(stderr).toContain('Redis refuses database 99');
  expect(code).toBe(3);
  expect(await redis.client.dbsize()).toBe(0);
});

describe('of Sentinel it is reported', needing('redis-server'), () => {
  test('that the sentinels want a password of their own, or another one', async () => {
    const { port } = await redisServer();
    const at = await sentinel(port);
    const itself = await clientOf(at);
    await itself.call('ACL', 'SETUSER', 'default', 'resetpass', '>canary-right');
    const env = { REDIS_URL: `redis+sentinel://127.0.0.1:${at}/${PRIMARY}` };
    const right = { IMS_FERRY_REDIS_SENTINEL_PASSWORD: 'canary-right' };
    expect((await runFerry(['status'], { ...env, ...right })).code).toBe(0);
    const wrong = { IMS_FERRY_REDIS_SENTINEL_PASSWORD: 'canary-wrong' };
    for (const more of [{}, wrong]) {
      const { code, stderr } = await runFerry(['status'], { ...env, ...more });
      expect(stderr).toContain('The sentinels refuse the login');
      expect(stderr).toContain('Set IMS_FERRY_REDIS_SENTINEL_PASSWORD');
      expect(stderr).not.toContain('canary');
      expect(code).toBe(3);
    }
  });

  test('that REDIS_URL leads to a sentinel as if it were a Redis', async () => {
    const { port } = await redisServer();
    const at = await sentinel(port);
    const { code, stderr } = await runFerry(['status'], { REDIS_URL: `redis://127.0.0.1:${at}` });
    expect(stderr).toContain('This is a Sentinel, not a Redis');
    expect(stderr).toContain('redis+sentinel://');
    expect(code).toBe(3);
  });
});
