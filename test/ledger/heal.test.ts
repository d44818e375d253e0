import { beforeEach, describe, expect, test } from 'vitest';
import { type ImportEvent, stateVersion } from '../../src/shared/state/import-state.ts';
import { createHealer } from '../../src/worker/maintenance/heal.ts';
import { buildIndex } from '../../src/worker/maintenance/maintenance.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { manifestImages } from '../support/images.ts';
import { HOLDER } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const FAR = 9e12;
const AT = { now: 1000, due: FAR };
const REASON = { code: 'X.1', message: 'x' };

/** What becomes of the import with this number, after its intent. */
type Fate = (of: string, key: string) => ImportEvent;
const FATES: readonly (readonly Fate[] | 'stays' | 'cancel')[] = [
  'stays',
  'cancel',
  [],
  [() => ({ type: 'accepted', epoch: 1, jobId: 'j', at: 1000 })],
  [() => ({ type: 'unclear', epoch: 1, reason: REASON, at: 1000 })],
  [
    () => ({ type: 'unclear', epoch: 1, reason: REASON, at: 1000 }),
    (of) => ({ type: 'not-found', of, verdict: 'hold', at: 1000 }),
  ],
  [
    () => ({ type: 'accepted', epoch: 1, jobId: 'k', at: 1000 }),
    (of, key) => ({ type: 'succeeded', of, imageId: `i-${key}`, otherImageIds: [] }),
  ],
  [() => ({ type: 'refused', epoch: 1, reason: REASON, at: 1000 })],
];

interface Healing {
  readonly deps: WorkerDeps;
  readonly keys: readonly string[];
  heal(): Promise<void>;
}

/** One import in each state, twice, in two batches that share half of them. */
async function inEveryState(): Promise<Healing> {
  const deps = await workerDeps(redis, {});
  const { batches, ledger, guard, project } = deps;
  await project.bind('p'.repeat(32));
  await project.claim.take('p'.repeat(32));
  const images = manifestImages(2 * FATES.length);
  await batches.register('a', images, AT);
  await batches.register('b', images.slice(4, 10), AT);
  await guard.report(HOLDER);
  await guard.scanned(await guard.beginScan());
  const keys = await batches.members('a', 0, 100);
  for (const [at, key] of keys.entries()) {
    const fate = FATES[at % FATES.length] ?? 'stays';
    if (fate === 'stays') continue;
    if (fate === 'cancel') await ledger.change(key, { type: 'cancel' }, AT);
    else await admitAnd(deps, key, fate);
  }
  // Each a worker that begins: none of them rests.
  const twice = async (): Promise<void> => {
    for (const _ of [1, 2]) {
      await deps.guard.healer.checkTypes();
      await buildIndex(deps);
      await createHealer(deps)();
    }
  };
  await twice();
  return { deps, keys, heal: twice };
}

async function admitAnd({ ledger }: WorkerDeps, key: string, fate: readonly Fate[]): Promise<void> {
  const before = await ledger.read(key);
  if (!before) throw new Error('not registered');
  const to = { maxInFlight: 100, gapMs: 0, seenGeneration: 0, sender: 'w' };
  const answer = await ledger.admit(before, { ...AT, ...to, submittedAt: 1000, budgetMs: 1000 });
  expect(answer.kind).toBe('admitted');
  for (const event of fate) {
    const entry = await ledger.read(key);
    if (entry) await ledger.change(key, event(stateVersion(entry), key), AT);
  }
}

/** Everything that follows from the imports. */
async function derived({ deps }: Healing): Promise<unknown> {
  const { client } = redis;
  const { keys } = deps.ledger;
  const of = async (batch: string) => {
    const found = await deps.batches.summary(batch);
    if (!found) return undefined;
    const { createdAt: _, finishedAt, ...summary } = found;
    const troubles = summary.troubles.map(({ kind, code, count }) => `${kind} ${code} ${count}`);
    return {
      ...summary,
      troubles: troubles.sort(),
      isFinished: finishedAt !== undefined,
      members: (await client.zrange(keys.members(batch), '0', '-1')).sort(),
      unknown: await client.zrange(keys.unknownOf(batch), '0', '-1', 'WITHSCORES'),
    };
  };
  return {
    a: await of('a'),
    b: await of('b'),
    batches: (await client.zrange(keys.batches, '0', '-1')).sort(),
    places: (await client.smembers(keys.inFlight)).sort(),
    due: (await client.zrange(keys.due, '0', '-1')).sort(),
    unknown: await client.zrange(keys.unknown, '0', '-1', 'WITHSCORES'),
  };
}

let ledger: Healing;
let before: unknown;
beforeEach(async () => {
  ledger = await inEveryState();
  before = await derived(ledger);
});

async function expectHealed(): Promise<void> {
  await ledger.heal();
  expect(await derived(ledger)).toEqual(before);
}

const PREFIX = '{imsferry:worker-test}:';
const DERIVED = [
  ...['inflight', 'due', 'unknown', 'batches', 'b:a', 'b:b', 'm:a', 'm:b', 'u:a', 'u:b'],
  ...[
    'changes',
    'seq',
    'workers',
    'holders',
    'posts',
    'lags',
    'durations',
    'seen',
    'seen:judged',
    'unseen',
  ],
  ...[
    'budget',
    'files',
    'repairs',
    'lost',
    'stop',
    'cool:submit',
    'lease:duties',
    'lease:time',
    'meta',
  ],
  ...['unowned', 'released', 'foreign:submit', 'foreign:read'],
];

describe('a ledger whose keys were touched by hand', () => {
  test('one that is as it has to be is left alone', async () => {
    expect(await ledger.deps.guard.healer.repairs()).toEqual([]);
    expect(before).toMatchObject({ a: { total: 16, missing: 0 }, b: { total: 6 } });
  });

  test.each(DERIVED)('%s was removed', async (name) => {
    await redis.client.del(`${PREFIX}${name}`);
    await expectHealed();
  });

  test.each(DERIVED)('%s was overwritten with another type', async (name) => {
    const key = `${PREFIX}${name}`;
    const isString = ['seq', 'unseen', 'cool:submit', 'lease:duties', 'lease:time'].includes(name);
    await redis.client.del(key);
    if (isString) await redis.client.rpush(key, 'x');
    else await redis.client.set(key, 'x');
    await expectHealed();
    // Everything still moves.
    const { deps, keys } = ledger;
    await deps.guard.trust();
    await deps.guard.report(HOLDER);
    await deps.guard.scanned(await deps.guard.beginScan());
    await admitAnd(deps, keys[0] ?? '', [
      () => ({ type: 'accepted', epoch: 1, jobId: 'n', at: 1000 }),
    ]);
    expect((await deps.batches.summary('a'))?.counts).toMatchObject({ pending: 1, creating: 3 });
  });

  test('all that follows from the imports was removed at once', async () => {
    const names = (await redis.client.keys(`${PREFIX}*`)).filter((name) => !name.includes('}:i:'));
    await redis.client.del(...names);
    await expectHealed();
  });

  test.each(['-24', 'NaN', 'nan', 'inf', '-inf', '1e300', 'many', '', '7', '0', '2.5'])(
    'counts that were set to "%s"',
    async (wrong) => {
      const fields = ['n:pending', 'n:creating', 'n:failed', 'held', 'missing', 'f:failed:X.1'];
      for (const field of fields) await redis.client.hset(`${PREFIX}b:a`, field, wrong);
      const { counts, total } = (await ledger.deps.batches.summary('a')) ?? {};
      for (const count of [...Object.values(counts ?? {}), total]) {
        expect(count).toBeGreaterThanOrEqual(0);
      }
      await expectHealed();
    },
  );

  test.each(['-24', 'NaN', 'many'])(
    'a count of "%s" stops no move, and is not negative',
    async (n) => {
      const { deps, keys } = ledger;
      for (const field of ['n:pending', 'n:submitting', 'held', 'f:failed:X.1']) {
        await redis.client.hset(`${PREFIX}b:a`, field, n);
      }
      await admitAnd(deps, keys[0] ?? '', [
        () => ({ type: 'refused', epoch: 1, reason: REASON, at: 1000 }),
      ]);
      const raw = await redis.client.hgetall(`${PREFIX}b:a`);
      for (const field of ['n:pending', 'n:submitting', 'f:failed:X.1']) {
        expect(Number(raw[field]), field).toBeGreaterThanOrEqual(0);
      }
      await ledger.heal();
      expect((await deps.batches.summary('a'))?.counts).toMatchObject({ pending: 1, failed: 3 });
    },
  );

  test('fields of an import that follow from its state', async () => {
    const key = ledger.keys[5] ?? '';
    const hash = `${PREFIX}i:${key}`;
    await redis.client.hdel(hash, 'held', 'counted');
    await redis.client.hset(hash, 'revision', 'x');
    await expectHealed();
    expect(await redis.client.hget(hash, 'held')).toBe('1');
  });

  test('the field that says when the window of an import began: the window begins again', async () => {
    const key = ledger.keys[4] ?? '';
    await redis.client.hset(`${PREFIX}i:${key}`, 'send_by', 'x');
    await expectHealed();
    const entry = await ledger.deps.ledger.read(key);
    const { time } = await ledger.deps.guard.beginScan();
    expect(entry?.state).toMatchObject({ status: 'unknown' });
    if (entry?.state.status === 'unknown') expect(entry.state.sendBy).toBeGreaterThan(time);
  });

  test.each(['time', 'step', 'tick', 'stamped', 'frozen_until', 'run', 'run_until', 'generation'])(
    '%s of the fleet was removed, or makes no sense',
    async (field) => {
      const { guard } = ledger.deps;
      const { at, time } = await guard.beginScan();
      for (const harm of ['del', 'x', 'nan', '-7'] as const) {
        if (harm === 'del') await redis.client.hdel(`${PREFIX}meta`, field);
        else await redis.client.hset(`${PREFIX}meta`, field, harm);
        await guard.report(HOLDER);
        const now = await guard.beginScan();
        expect(now.time, harm).toBeGreaterThanOrEqual(time);
        expect(now.at, harm).toBeGreaterThanOrEqual(field === 'stamped' ? at - 1000 : at);
        await expectHealed();
      }
    },
  );

  test('places, due times and dates of unknown imports where there should be none', async () => {
    const [pending = '', cancelled = ''] = ledger.keys;
    await redis.client.sadd(`${PREFIX}inflight`, pending, cancelled);
    await redis.client.zadd(`${PREFIX}due`, 1, cancelled);
    await redis.client.zadd(`${PREFIX}unknown`, 1, cancelled);
    await redis.client.zadd(`${PREFIX}u:a`, 1, cancelled);
    await expectHealed();
  });
});
