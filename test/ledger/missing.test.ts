import { describe, expect, test } from 'vitest';
import { IN_A_SLICE } from '../../src/shared/ledger/healer.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { createHealer } from '../../src/worker/maintenance/heal.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { manifestImages } from '../support/images.ts';
import { HOLDER } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const AT = { now: 1000, due: 9e12 };

async function ledgerOf(count: number): Promise<{ deps: WorkerDeps; keys: readonly string[] }> {
  const deps = await workerDeps(redis, {});
  await deps.project.bind('p'.repeat(32));
  await deps.project.claim.take('p'.repeat(32));
  await deps.batches.register('b', manifestImages(count), AT);
  await deps.guard.report(HOLDER);
  await deps.guard.scanned(await deps.guard.beginScan());
  return { deps, keys: await deps.batches.members('b', 0, count) };
}

async function admit({ ledger, generation }: WorkerDeps, key: string) {
  const entry = await ledger.read(key);
  if (!entry) throw new Error('not registered');
  const limits = { maxInFlight: 1000, gapMs: 0, seenGeneration: generation.seen, sender: 'w' };
  return ledger.admit(entry, { ...AT, ...limits, submittedAt: 1000, budgetMs: 1000 });
}

const accepted = (epoch: number, jobId = 'j') =>
  ({ type: 'accepted', epoch, jobId, at: 1000 }) as const;

/** What the batch's counts would be if all images were counted in one moment. */
async function counted({ batches, ledger }: WorkerDeps): Promise<Record<string, number>> {
  const keys = await batches.members('b', 0, 10_000);
  const counts: Record<string, number> = {};
  for (const { state } of await ledger.readMany(keys)) {
    counts[state.status] = (counts[state.status] ?? 0) + 1;
  }
  return counts;
}

describe('images that are missing from the ledger', () => {
  test('are reported, keep their places, and no count has them', async () => {
    const { deps, keys } = await ledgerOf(6);
    for (const key of keys.slice(0, 3)) await admit(deps, key);
    const [inFlight = '', , , pending = ''] = keys;
    await redis.client.del(deps.ledger.keys.import(inFlight), deps.ledger.keys.import(pending));
    await createHealer(deps)();
    const summary = await deps.batches.summary('b');
    expect(summary).toMatchObject({ missing: 2, total: 4, counts: { pending: 2, submitting: 2 } });
    expect(await deps.ledger.inFlight()).toBe(3);
    expect(await deps.batches.countMissing('b')).toBe(2);
  });

  test.each(['before', 'after'])('come back with the manifest, %s the round', async (when) => {
    const { deps, keys } = await ledgerOf(6);
    const [held = '', , , waits = ''] = keys;
    for (const key of keys.slice(0, 3)) await admit(deps, key);
    for (const key of [held, waits]) await redis.client.del(deps.ledger.keys.import(key));
    const heal = () => createHealer(deps)();
    if (when === 'after') await heal();
    const again = await deps.batches.register('b', manifestImages(6), AT);
    expect(again.map(({ kind }) => kind)).toEqual([
      ...['unknown', 'submitting', 'submitting'],
      ...['pending', 'pending', 'pending'],
    ]);
    await heal();
    const summary = await deps.batches.summary('b');
    const counts = { pending: 3, submitting: 2, unknown: 1 };
    expect(summary).toMatchObject({ missing: 0, total: 6, counts });
    expect(await deps.ledger.inFlight()).toBe(3);
    expect(await redis.client.zcard(deps.ledger.keys.lost)).toBe(0);
    // Its window counts by the fleet's time, from a moment at which nobody may send any more.
    const { time } = await deps.guard.beginScan();
    const until = Number(await redis.client.hget(deps.ledger.keys.import(held), 'send_by'));
    expect(until).toBeGreaterThanOrEqual(time + 10_000);
    expect((await deps.ledger.read(held))?.state).toMatchObject({ sendBy: until });
    // Nobody can say whether it was created: no create before a window and a scan.
    expect(await admit(deps, waits)).toEqual({ kind: 'behind' });
    expect(await deps.guard.report({ ...HOLDER, windowMs: 60_000 })).toMatchObject({
      isNews: true,
    });
    expect((await admit(deps, waits)).kind).toBe('frozen');
  });

  test('a late answer of IMS is theirs, whatever its epoch; others are not', async () => {
    const { deps, keys } = await ledgerOf(3);
    const [key = '', other = ''] = keys;
    await admit(deps, key);
    await admit(deps, other);
    await redis.client.del(deps.ledger.keys.import(key));
    await deps.batches.register('b', manifestImages(3), AT);
    const notSent = { type: 'not-sent', epoch: 1, reason: { code: 'X', message: 'x' }, at: 1 };
    const ignored = await deps.ledger.change(key, { ...notSent, type: 'not-sent' }, AT);
    expect(ignored.kind).toBe('ignored');
    const answer = await deps.ledger.change(key, accepted(1), AT);
    expect(answer.entry).toMatchObject({
      state: { status: 'creating', jobId: 'j' },
      lateJobIds: [],
    });
    expect(await deps.ledger.inFlight()).toBe(2);
  });

  test('an answer of before is not taken for that of a later create', async () => {
    const { deps, keys } = await ledgerOf(2);
    const [key = ''] = keys;
    await admit(deps, key);
    await redis.client.del(deps.ledger.keys.import(key), deps.ledger.keys.inFlight);
    await deps.batches.register('b', manifestImages(2), AT);
    await deps.guard.trust();
    await deps.guard.report(HOLDER);
    await deps.guard.scanned(await deps.guard.beginScan());
    expect((await admit(deps, key)).kind).toBe('admitted');
    const reason = { code: 'X', message: 'x' };
    for (const type of ['not-sent', 'refused', 'unclear'] as const) {
      const late = await deps.ledger.change(key, { type, epoch: 1, reason, at: 1000 }, AT);
      expect(late.kind, type).toBe('ignored');
    }
    expect((await deps.ledger.read(key))?.state.status).toBe('submitting');
  });

  test.each([
    { what: 'another type', harm: (hash: string) => redis.client.set(hash, 'x'), isKind: true },
    { what: 'no state', harm: (hash: string) => redis.client.hdel(hash, 'state') },
    { what: 'an unknown state', harm: (hash: string) => redis.client.hset(hash, 'state', 'x') },
    { what: 'no batches', harm: (hash: string) => redis.client.hset(hash, 'batches', '[') },
    { what: 'no request', harm: (hash: string) => redis.client.hset(hash, 'request', 'x') },
    { what: 'no detail', harm: (hash: string) => redis.client.hset(hash, 'detail', '{') },
    { what: 'no epoch', harm: (hash: string) => redis.client.hset(hash, 'epoch', 'x') },
  ])('an import with $what is missing, and recreated', async ({ harm, isKind }) => {
    const { deps, keys } = await ledgerOf(3);
    const hash = deps.ledger.keys.import(keys[0] ?? '');
    if (isKind) await redis.client.del(hash);
    await harm(hash);
    await createHealer(deps)();
    expect(await deps.batches.summary('b')).toMatchObject({ missing: 1, total: 2 });
    await deps.batches.register('b', manifestImages(3), AT);
    await createHealer(deps)();
    expect(await deps.batches.summary('b')).toMatchObject({ missing: 0, counts: { pending: 3 } });
  });

  test('a place is given back after a day, and not before', async () => {
    const { deps, keys } = await ledgerOf(1);
    const [key = ''] = keys;
    await admit(deps, key);
    await redis.client.del(deps.ledger.keys.import(key));
    const heal = () => createHealer(deps)();
    await heal();
    expect(await deps.ledger.inFlight()).toBe(1);
    await redis.client.zincrby(deps.ledger.keys.lost, -25 * 3_600_000, key);
    await heal();
    expect(await deps.ledger.inFlight()).toBe(0);
  });

  test('an archived batch leaves nothing that is taken for lost', async () => {
    const { deps, keys } = await ledgerOf(1);
    await redis.client.del(deps.ledger.keys.import(keys[0] ?? ''));
    await createHealer(deps)();
    expect(await redis.client.zrange(deps.ledger.keys.lost, '0', '-1')).toEqual(keys);
  });
});

describe('counting again', () => {
  const MANY = 2 * IN_A_SLICE + 50;

  test('images that move between two slices are counted once, where they are', async () => {
    const { deps, keys } = await ledgerOf(MANY);
    const { ledger } = deps;
    const { healer } = deps.guard;
    await redis.client.hset(ledger.keys.batch('b'), 'n:pending', '-3', 'n:failed', '9');
    expect((await healer.recount('b', 1)).isLast).toBe(false);
    for (const at of [0, 99, 100, 249]) await admit(deps, keys[at] ?? '');
    await ledger.change(keys[0] ?? '', accepted(1), AT);
    await deps.batches.register('b', manifestImages(3, 'later'), AT);
    expect((await healer.recount('b', 1)).isLast).toBe(false);
    for (const at of [150, 248]) await ledger.change(keys[at] ?? '', { type: 'cancel' }, AT);
    expect((await healer.recount('b', 1)).isLast).toBe(true);
    const summary = await deps.batches.summary('b');
    const counts = { pending: 247, submitting: 3, creating: 1, cancelled: 2, failed: 0 };
    expect(summary).toMatchObject({ total: MANY + 3, missing: 0, counts });
  });

  test.each([1, 2, 3, 4, 5])('whatever happens between slices, seed %i', async (seed) => {
    const random = seededRandom(seed);
    const pick = (most: number): number => Math.floor(random.next() * most);
    const { deps, keys } = await ledgerOf(MANY);
    let slices = 0;
    for (let step = 0; step < 150 || slices < 3; step += 1) {
      const key = keys[pick(MANY)] ?? '';
      const entry = await deps.ledger.read(key);
      switch (pick(6)) {
        case 0:
          await deps.guard.healer.recount('b', 1);
          slices += 1;
          break;
        case 1:
          await redis.client.hset(deps.ledger.keys.batch('b'), 'n:pending', String(pick(9) - 4));
          break;
        case 2:
          if (entry?.state.status === 'submitting') {
            const event = pick(2) === 0 ? accepted(entry.epoch, key) : refused(entry.epoch);
            await deps.ledger.change(key, event, AT);
          }
          break;
        case 3:
          await deps.ledger.change(key, { type: pick(2) === 0 ? 'cancel' : 'retry', at: 1 }, AT);
          break;
        default:
          await admit(deps, key);
      }
    }
    // To the end of this one, and one more from its beginning.
    for (let ends = 0; ends < 2; ) if ((await deps.guard.healer.recount('b', 1)).isLast) ends += 1;
    const { counts, total } = (await deps.batches.summary('b')) ?? {};
    expect(total).toBe(MANY);
    expect(counts).toMatchObject(await counted(deps));
    expect(await deps.guard.healer.suspects(['b'])).toEqual([]);
  });
});

const refused = (epoch: number) =>
  ({ type: 'refused', epoch, reason: { code: 'X', message: 'x' }, at: 1 }) as const;
