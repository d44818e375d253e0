import { Redis } from 'ioredis';
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { whyUnfit } from '../../src/shared/redis/check-redis.ts';
import { readFacts } from '../../src/shared/redis/redis-facts.ts';
import { type FitnessOptions, RedisFitness } from '../../src/shared/redis/redis-fitness.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

const AS_IT_HAS_TO_BE = {
  'maxmemory-policy': 'noeviction',
  appendonly: 'yes',
  maxmemory: '0',
} as const;

beforeEach(async () => {
  for (const [name, value] of Object.entries(AS_IT_HAS_TO_BE)) {
    await redis.client.config('SET', name, value);
  }
});

interface Watched {
  readonly fitness: RedisFitness;
  readonly reported: (string | undefined)[];
  /** Minutes since it began. */
  minutes: number;
}

async function watched(
  client: Redis = redis.client,
  options: Partial<FitnessOptions> = {},
): Promise<Watched> {
  const at = { minutes: 1 };
  const clock = { monotonic: () => 60_000 * at.minutes };
  const atStart = await readFacts(client);
  const usual = { clock, lockMs: 30_000, prefix: '{imsferry:fit}:', tries: true, atStart };
  const fitness = new RedisFitness(client, { ...usual, ...options });
  const reported: (string | undefined)[] = [];
  fitness.listen(({ unfit }) => reported.push(unfit?.code));
  return Object.assign(at, { fitness, reported });
}

async function asUser(name: string, ...rules: string[]): Promise<Redis> {
  await redis.client.call('ACL', 'SETUSER', name, 'reset', 'on', '>pw', '~*', '&*', ...rules);
  const client = new Redis(redis.url.replace('redis://', `redis://${name}:pw@`));
  onTestFinished(() => client.disconnect());
  return client;
}

describe('a Redis that is changed while it is used', () => {
  test.each([
    { what: 'maxmemory-policy', name: 'maxmemory-policy', to: 'allkeys-lru', is: 'MAY_EVICT' },
    { what: 'maxmemory-policy', name: 'maxmemory-policy', to: 'volatile-ttl', is: 'MAY_EVICT' },
    { what: 'appendonly', name: 'appendonly', to: 'no', is: 'NOT_KEPT' },
  ] as const)(
    '$what $to is noticed within a minute, and when it is right again',
    async (change) => {
      const { name, to, is } = change;
      const one = await watched();
      expect(await one.fitness.look()).toBeUndefined();
      await redis.client.config('SET', name, to);
      expect(await one.fitness.look(), 'less than a minute later').toBeUndefined();
      one.minutes += 1;
      expect((await one.fitness.look())?.code).toBe(`REDIS_${is}`);
      await redis.client.config('SET', name, AS_IT_HAS_TO_BE[name]);
      one.minutes += 0.1;
      expect(await one.fitness.look()).toBeUndefined();
      expect(one.reported).toEqual([`REDIS_${is}`, undefined]);
    },
  );

  test('rights that are taken away are noticed, and when they are there again', async () => {
    const one = await watched(await asUser('less', '+@all'));
    expect(await one.fitness.look()).toBeUndefined();
    await redis.client.call('ACL', 'SETUSER', 'less', '-@write');
    one.minutes += 1;
    expect(await one.fitness.look()).toMatchObject({
      code: 'REDIS_REFUSES',
      advice: expect.stringContaining('docs/redis.md'),
    });
    await redis.client.call('ACL', 'SETUSER', 'less', '+@write');
    one.minutes += 1;
    expect(await one.fitness.look()).toBeUndefined();
  });

  test('one that has become a replica is noticed', async () => {
    const one = await watched();
    await redis.client.replicaof('127.0.0.1', 2);
    onTestFinished(async () => void (await redis.client.replicaof('NO', 'ONE')));
    expect((await one.fitness.look())?.code).toBe('REDIS_REPLICA');
  });

  test('keys that were evicted are counted, also where the policy is right again', async () => {
    let evicted = 0;
    const one = await watched();
    one.fitness.listen((now) => {
      evicted += now.evicted;
    });
    const { client } = redis;
    await client.config('SET', 'maxmemory-policy', 'allkeys-random');
    for (let at = 0; at < 400; at += 1) await client.set(`filler:${at}`, 'x'.repeat(10_000));
    await client.config('SET', 'maxmemory', '3mb');
    await client.set('one more', 'x');
    await client.config('SET', 'maxmemory', '0');
    await client.config('SET', 'maxmemory-policy', 'noeviction');
    expect(await one.fitness.look()).toBeUndefined();
    expect(evicted).toBeGreaterThan(0);
  });

  test('one that never had an append-only file is as it was', async () => {
    await redis.client.config('SET', 'appendonly', 'no');
    expect(await (await watched()).fitness.look()).toBeUndefined();
  });

  test.each([
    { what: 'CONFIG', rules: ['+@all', '-config'] },
    { what: 'INFO', rules: ['+@all', '-info'] },
    { what: 'CONFIG and INFO', rules: ['+@all', '-config', '-info'] },
  ])('a managed one that forbids $what freezes nothing', async ({ rules }) => {
    const one = await watched(await asUser('managed', ...rules));
    expect(await one.fitness.look()).toBeUndefined();
    expect(one.reported).toEqual([]);
  });

  test('a reader does not try to write', async () => {
    const client = await asUser('reader', '+@read', '+info', '+ping', '+select');
    expect((await (await watched(client)).fitness.look())?.code).toBe('REDIS_REFUSES');
    expect(await (await watched(client, { tries: false })).fitness.look()).toBeUndefined();
  });

  test('one that does not answer leaves everything as it was', async () => {
    const client = new Redis(redis.url, { maxRetriesPerRequest: 0, retryStrategy: () => null });
    const one = await watched(client);
    client.disconnect();
    await expect(one.fitness.look()).rejects.toThrow();
    expect(one.reported).toEqual([]);
  });
});

describe('memory', () => {
  const MB = 2 ** 20;
  const facts = (used: number, max: number) => {
    return { who: 'Redis', isSentinel: false, memory: { used: used * MB, max: max * MB } };
  };

  test.each([
    { used: 94, max: 100, code: undefined },
    { used: 96, max: 100, code: 'REDIS_ALMOST_FULL' },
    { used: 9900, max: 10_000, code: undefined },
    { used: 9950, max: 10_000, code: 'REDIS_ALMOST_FULL' },
    { used: 200, max: 100, code: 'REDIS_ALMOST_FULL' },
    { used: 5000, max: 0, code: undefined },
  ])('$used of $max MB: $code', ({ used, max, code }) => {
    expect(whyUnfit(facts(used, max), {})?.code).toBe(code);
  });

  test('it needs some more room before creates resume', () => {
    expect(whyUnfit(facts(93, 100), { wasFull: true })?.code).toBe('REDIS_ALMOST_FULL');
    expect(whyUnfit(facts(89, 100), { wasFull: true })).toBeUndefined();
  });
});
