import { describe, expect, test } from 'vitest';
import type { ImsClient, ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { type ImportState, stateVersion } from '../../src/shared/state/import-state.ts';
import { createVerifier } from '../../src/worker/before-create.ts';
import { measureListing, noteListing } from '../../src/worker/listing.ts';
import { record } from '../../src/worker/record.ts';
import { settleAnswer } from '../../src/worker/settle-answer.ts';
import { Step, type WorkerDeps } from '../../src/worker/step.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER, INTENT } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { markedImage, workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const HOUR_MS = 3_600_000;
const REASON = { code: 'TIMEOUT', message: 'no answer' };

function listing(images: () => readonly ImsImage[] | undefined): Partial<ImsClient> {
  return {
    images: async () => {
      const value = images();
      return value === undefined
        ? { kind: 'failed', throttled: false, code: 'HTTP_500', message: 'oops' }
        : { kind: 'ok', value };
    },
  };
}

async function register(deps: WorkerDeps): Promise<LedgerEntry> {
  const now = deps.clock.now();
  const image = { request: imageRequest('one'), line: 1 };
  const [one] = await deps.batches.register('b', [image], { now, due: now });
  const entry = await deps.ledger.read(one?.key ?? '');
  if (!entry) throw new Error('not registered');
  return entry;
}

/** Unknown with its window over, looked for in vain `agoMs` ago, and pending again. */
async function resubmitted(deps: WorkerDeps, agoMs: number): Promise<LedgerEntry> {
  const entry = await register(deps);
  const lookedAt = deps.clock.now() - agoMs;
  const state = { status: 'pending', lastReason: REASON, lookedAt } as const;
  const { lastReason } = state;
  const detail = JSON.stringify({ lastReason, lookedAt });
  await redis.client.hset(deps.ledger.keys.import(entry.key), 'detail', detail, 'epoch', '1');
  return { ...entry, epoch: 1, state };
}

describe('an import that waits for a place although an earlier create may still show up', () => {
  test('is looked up again after a third of the window, and what is there is adopted', async () => {
    const deps = await workerDeps(
      redis,
      listing(() => [markedImage('one')]),
    );
    const entry = await resubmitted(deps, HOUR_MS);
    expect(await createVerifier(new Step(deps, entry))()).toBe('moved');
    const after = await deps.ledger.read(entry.key);
    expect(after?.state).toMatchObject({ status: 'succeeded', imageId: 'of-one' });
    await deps.queues.close();
  });

  test('waits while the list cannot be read, and is looked up once for each third', async () => {
    let images: readonly ImsImage[] | undefined;
    let reads = 0;
    const counted = listing(() => {
      reads += 1;
      return images;
    });
    const deps = await workerDeps(redis, counted);
    const verify = createVerifier(new Step(deps, await resubmitted(deps, HOUR_MS)));
    expect(await verify()).toBe('unread');
    images = [];
    expect(await verify()).toBe('clear');
    const before = reads;
    expect(await verify()).toBe('clear');
    expect(reads).toBe(before);
    await deps.queues.close();
  });

  test('one that was never created costs no read', async () => {
    const deps = await workerDeps(
      redis,
      listing(() => undefined),
    );
    expect(await createVerifier(new Step(deps, await register(deps)))()).toBe('clear');
    await deps.queues.close();
  });
});

describe('IMG.0009, the name exists', () => {
  async function afterNameExists(images: readonly ImsImage[] | undefined): Promise<ImportState> {
    const deps = await workerDeps(
      redis,
      listing(() => images),
    );
    const pending = await register(deps);
    await deps.guard.report(HOLDER);
    await deps.guard.scanned(await deps.guard.beginScan());
    const now = deps.clock.now();
    const intent = { ...INTENT, now, submittedAt: now, budgetMs: 5000, due: now + 9000 };
    const admitted = await deps.ledger.admit(pending, intent);
    if (admitted.kind !== 'admitted') throw new Error(admitted.kind);
    const session = await deps.sessions.get();
    const answer = {
      kind: 'refused',
      nameExists: true,
      code: 'IMG.0009',
      message: 'exists',
    } as const;
    await settleAnswer(new Step(deps, admitted.entry), session, answer);
    await deps.queues.close();
    const after = await deps.ledger.read(pending.key);
    if (!after) throw new Error('lost');
    return after.state;
  }

  test('one image of ours is adopted, two are held with an alarm', async () => {
    expect(await afterNameExists([markedImage('one')])).toMatchObject({ status: 'succeeded' });
    await redis.client.flushall();
    const two = [markedImage('one'), markedImage('one', { id: 'other' })];
    const held = { status: 'unknown', held: true, imageIds: ['of-one', 'other'] };
    expect(await afterNameExists(two)).toMatchObject({ ...held, reason: { code: 'DOUBLE' } });
  });

  test('none is a refusal; a list that cannot be read is not "none"', async () => {
    expect(await afterNameExists([])).toMatchObject({ status: 'failed' });
    await redis.client.flushall();
    expect(await afterNameExists(undefined)).toMatchObject({ status: 'unknown', held: false });
  });
});

describe('a job id that comes late', () => {
  test('is followed although the one image that was seen for it is another import’s', async () => {
    const deps = await workerDeps(redis, {});
    const now = deps.clock.now();
    const images = ['one', 'two'].map((name) => ({ request: imageRequest(name), line: 1 }));
    const [one, two] = await deps.batches.register('b', images, { now, due: now });
    const read = async (key = '') => {
      const entry = await deps.ledger.read(key);
      if (!entry) throw new Error('not registered');
      return entry;
    };
    const image = { id: 'X', status: 'active' };
    const of = stateVersion(await read(two?.key));
    await record(deps, two?.key ?? '', { event: { type: 'found', of, image, at: now } });
    await record(deps, one?.key ?? '', { event: { type: 'seen', imageIds: ['X'] } });
    const event = { type: 'accepted', epoch: 1, jobId: 'J', at: now } as const;
    expect((await record(deps, one?.key ?? '', { event })).kind).toBe('changed');
    const after = await read(one?.key);
    expect(after.state).toEqual({ status: 'creating', since: now, jobId: 'J' });
    // It may be its image after all: no policy creates beside it.
    expect(after.seenImageIds).toEqual(['X']);
    await deps.queues.close();
  });
});

describe('what policy auto rests on', () => {
  test('an image that the list showed only when it was done counts with its whole duration', async () => {
    let images: readonly ImsImage[] = [];
    const deps = await workerDeps(
      redis,
      listing(() => images),
    );
    const entry = await register(deps);
    const since = deps.clock.now() - HOUR_MS;
    const creating = { status: 'creating', since, jobId: 'J' } as const;
    await measureListing(new Step(deps, { ...entry, state: creating }), creating);
    images = [markedImage('one')];
    await noteListing(new Step(deps, entry), { ...creating, listed: false });
    const lag = await deps.project.listingLag();
    expect(lag.samples).toBe(1);
    expect(lag.largestMs).toBeGreaterThanOrEqual(HOUR_MS);
    await deps.queues.close();
  });

  test('a sample larger than all is kept even when there are enough', async () => {
    const deps = await workerDeps(redis, {});
    for (let index = 0; index < 60; index += 1) await deps.project.addLag(`k${index}`, 100);
    await deps.project.addLag('late', 5000);
    expect(await deps.project.listingLag()).toEqual({ samples: 51, largestMs: 5000 });
    await deps.queues.close();
  });
});
