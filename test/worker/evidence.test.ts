import { describe, expect, test } from 'vitest';
import type { ImsClient, ImsImage, ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { checkGone } from '../../src/worker/before-create.ts';
import { followImport } from '../../src/worker/follow.ts';
import { record } from '../../src/worker/record.ts';
import { Step, type WorkerDeps } from '../../src/worker/step.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER, INTENT } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { markedImage, workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const TIMEOUT = { code: 'TIMEOUT', message: 'no answer' };
const REFUSED = {
  kind: 'failed',
  throttled: false,
  code: 'IMG.0026',
  message: 'no right',
} as const;
const FIREWALL = { kind: 'failed', throttled: false, code: 'HTTP_403', message: '<html>' } as const;
const TROUBLED = { kind: 'failed', throttled: false, code: 'HTTP_500', message: 'oops' } as const;
const NONE = { kind: 'not-found', code: 'HTTP_404', message: 'none' } as const;
const HOUR_MS = 3_600_000;

const saving = markedImage('one', { status: 'saving' });
const killed = markedImage('one', { status: 'killed' });
const bare = markedImage('one', { status: 'saving', tags: [], createdAt: Number.MAX_SAFE_INTEGER });

interface View {
  list: ReadAnswer<readonly ImsImage[]>;
  image: ReadAnswer<ImsImage>;
}

const shows = (...value: ImsImage[]): View['list'] => ({ kind: 'ok', value });
const reads = (value: ImsImage): View['image'] => ({ kind: 'ok', value });

function imsOf(view: View): Partial<ImsClient> {
  return { images: async () => view.list, image: async () => view.image };
}

/** At policy resubmit, by a clock that can be set on. */
async function worker(view: View): Promise<WorkerDeps & { later(ms: number): void }> {
  const deps = await workerDeps(redis, imsOf(view));
  let ahead = 0;
  const { config, clock } = deps;
  return {
    ...deps,
    config: { ...config, unknown: { ...config.unknown, policy: 'resubmit' } },
    clock: { ...clock, now: () => clock.now() + ahead, measure: async () => undefined },
    later: (ms) => {
      ahead += ms;
    },
  };
}

/** An import whose answer was lost, and of which this image was seen. */
async function unknown(deps: WorkerDeps, seen: readonly string[]): Promise<LedgerEntry> {
  const now = deps.clock.now();
  const image = { request: imageRequest('one'), line: 1 };
  const [one] = await deps.batches.register('b', [image], { now, due: now });
  const key = one?.key ?? '';
  await deps.guard.report(HOLDER);
  await deps.guard.scanned(await deps.guard.beginScan());
  const entry = await deps.ledger.read(key);
  if (!entry) throw new Error('not registered');
  await deps.ledger.admit(entry, { ...INTENT, now, due: now + 9000 });
  await record(deps, key, { event: { type: 'unclear', epoch: 1, reason: TIMEOUT, at: now } });
  if (seen.length > 0) await record(deps, key, { event: { type: 'seen', imageIds: seen } });
  return read(deps, key);
}

async function read(deps: WorkerDeps, key: string): Promise<LedgerEntry> {
  const entry = await deps.ledger.read(key);
  if (!entry) throw new Error('not there');
  return entry;
}

interface Row {
  readonly what: string;
  readonly view: View;
  readonly seen?: boolean;
  readonly within?: boolean;
  readonly is: object;
}

const held = (code: string) => ({ status: 'unknown', held: true, reason: { code } });
const asBefore = { status: 'unknown', held: false, reason: TIMEOUT };

describe('a look-up of an import whose answer was lost, past the window at policy resubmit', () => {
  test.each<Row>([
    { what: 'nothing, ever', view: { list: shows(), image: NONE }, is: { status: 'pending' } },
    {
      what: 'an image that was seen and is gone',
      seen: true,
      view: { list: shows(), image: NONE },
      is: held('IMAGE_DELETED'),
    },
    {
      what: 'one that was seen and failed',
      seen: true,
      view: { list: shows(), image: reads(killed) },
      is: held('IMAGE_DELETED'),
    },
    {
      what: 'one that was seen, by its id only',
      seen: true,
      view: { list: shows(), image: reads(saving) },
      is: { status: 'creating', imageId: saving.id },
    },
    {
      what: 'one that was seen, and a read of it that fails',
      seen: true,
      view: { list: shows(), image: TROUBLED },
      is: asBefore,
    },
    {
      what: 'one that was seen, and a read of it that is never allowed',
      seen: true,
      view: { list: shows(), image: REFUSED },
      is: held('IMAGE_HIDDEN'),
    },
    {
      what: 'one without a marker that may be its own',
      view: { list: shows({ ...bare, kind: undefined as never }), image: NONE },
      is: held('IMAGE_UNSURE'),
    },
    {
      what: 'that the right to list is missing',
      view: { list: REFUSED, image: NONE },
      is: held('LOOK_UP_REFUSED'),
    },
    {
      what: 'the same within the window',
      within: true,
      view: { list: REFUSED, image: NONE },
      is: asBefore,
    },
    { what: 'a page of a firewall', view: { list: FIREWALL, image: NONE }, is: asBefore },
    { what: 'a list that is in trouble', view: { list: TROUBLED, image: NONE }, is: asBefore },
  ])('finds $what', async ({ view, seen, within, is }) => {
    const deps = await worker(view);
    const { key } = await unknown(deps, seen ? [saving.id] : []);
    if (!within) deps.later(HOUR_MS);
    await followImport(deps, key);
    expect((await read(deps, key)).state).toMatchObject(is);
    await deps.queues.close();
  });
});

/** Its image was seen; a person wants it to be created again. */
async function resubmitted(deps: WorkerDeps & { later(ms: number): void }): Promise<LedgerEntry> {
  const { key } = await unknown(deps, [saving.id]);
  deps.later(HOUR_MS);
  await followImport(deps, key);
  const of = stateVersion(await read(deps, key));
  const at = deps.clock.now();
  const reason = TIMEOUT;
  await record(deps, key, { event: { type: 'resolved', of, verdict: 'resubmit', reason, at } });
  return read(deps, key);
}

describe('an image that a person wants to have created again', () => {
  const NOTHING: View = { list: shows(), image: NONE };

  /** Looks, each after enough time, until something else than "look again" comes; how many. */
  async function looks(deps: WorkerDeps & { later(ms: number): void }, key: string, most = 20) {
    for (let count = 1; count <= most; count += 1) {
      const checked = await checkGone(new Step(deps, await read(deps, key)));
      if (checked === undefined) return count;
      deps.later(20_000);
    }
    return undefined;
  }

  test('is not created before eight checks agree that the old one is gone', async () => {
    const deps = await worker({ ...NOTHING });
    const { key } = await resubmitted(deps);
    expect(await looks(deps, key)).toBe(8);
    expect(await read(deps, key)).toMatchObject({ seenImageIds: [], state: { status: 'pending' } });
    await deps.queues.close();
  });

  test('checks that are promoted do not count', async () => {
    const deps = await worker({ ...NOTHING });
    const { key } = await resubmitted(deps);
    for (let promoted = 0; promoted < 20; promoted += 1) {
      expect(await checkGone(new Step(deps, await read(deps, key)))).toMatchObject({
        kind: 'again',
      });
    }
    expect((await read(deps, key)).state).toMatchObject({ gone: { looks: 1 } });
    await deps.queues.close();
  });

  test.each<{ what: string; view: View }>([
    { what: 'the read fails', view: { list: shows(), image: TROUBLED } },
    { what: 'the list fails', view: { list: TROUBLED, image: NONE } },
  ])('never where $what', async ({ view }) => {
    const now: View = { ...NOTHING };
    const deps = await worker(now);
    const { key } = await resubmitted(deps);
    Object.assign(now, view);
    expect(await looks(deps, key)).toBeUndefined();
    expect((await read(deps, key)).state.status).toBe('pending');
    await deps.queues.close();
  });

  test.each<{ what: string; view: View }>([
    { what: 'in the list only', view: { list: shows(saving), image: NONE } },
    { what: 'by its id only', view: { list: shows(), image: reads(saving) } },
  ])('the old one is taken over when it shows up: $what', async ({ view }) => {
    const now: View = { ...NOTHING };
    const deps = await worker(now);
    const { key } = await resubmitted(deps);
    expect(await looks(deps, key, 7)).toBeUndefined();
    Object.assign(now, view);
    expect(await looks(deps, key)).toBeUndefined();
    expect((await read(deps, key)).state).toMatchObject({ status: 'creating', imageId: saving.id });
    await deps.queues.close();
  });

  test('is created at once where IMS itself reports that the old one failed', async () => {
    const now: View = { ...NOTHING };
    const deps = await worker(now);
    const { key } = await resubmitted(deps);
    Object.assign(now, { image: reads(killed) });
    expect(await looks(deps, key)).toBe(1);
    await deps.queues.close();
  });
});

test('no intent is written for an import of which an image is known, whoever asks', async () => {
  const deps = await worker({ list: shows(), image: NONE });
  const entry = await resubmitted(deps);
  expect((await deps.ledger.admit(entry, INTENT)).kind).toBe('moved');
  await deps.queues.close();
});

test('a list that shows one that waits, and then hides it, leads to no create by itself', async () => {
  const deps = await worker({ list: shows(), image: NONE });
  const { key } = await unknown(deps, []);
  deps.later(HOUR_MS);
  await followImport(deps, key);
  expect((await read(deps, key)).state.status).toBe('pending');
  await record(deps, key, { event: { type: 'seen', imageIds: [saving.id] } });
  await checkGone(new Step(deps, await read(deps, key)));
  expect((await read(deps, key)).state).toMatchObject(held('IMAGE_DELETED'));
  await deps.queues.close();
});

describe.each([
  { who: 'something else than IMS', answer: { code: 'HTTP_404', foreign: true } },
  { who: 'IMS that knows no such image', answer: { code: 'IMG.0144' } },
  { who: 'IMS that met an error', answer: { code: 'IMG.0061' } },
])('an IMS job for which $who answers, again and again', ({ answer }) => {
  const PAGE = { ...FIREWALL, ...answer };

  async function polledUntil(view: View, job: { readonly imageId?: string }) {
    const deps = await worker(view);
    const ims = { ...deps.ims, job: async () => PAGE };
    const entry = await unknown(deps, []);
    const at = deps.clock.now();
    const { epoch, key } = entry;
    await record(deps, key, { event: { type: 'accepted', epoch, jobId: 'J', at } });
    const { imageId } = job;
    if (imageId !== undefined) {
      const of = stateVersion((await deps.ledger.read(key)) ?? entry);
      const event = { type: 'polled', of, at, overdue: false, lost: false, imageId } as const;
      await record(deps, key, { event });
    }
    let polls = 0;
    for (let isOver = false; !isOver && polls < 100; polls += 1) {
      const step = await followImport({ ...deps, ims }, key);
      deps.later(step.kind === 'again' ? step.delayMs : 0);
      isOver = step.kind !== 'again';
    }
    await deps.queues.close();
    return { entry: await deps.ledger.read(key), polls };
  }

  test('is held with that reason once no image of it is found, and never created again', async () => {
    const { entry, polls } = await polledUntil({ list: shows(), image: NONE }, {});
    expect(entry?.state).toMatchObject({ status: 'unknown', held: true, jobId: 'J' });
    expect(entry?.state).toMatchObject({ reason: { code: 'JOB_UNREADABLE' } });
    expect(polls).toBeLessThan(100);
  });

  test('has succeeded when its image is active', async () => {
    const active = markedImage('one');
    const view = { list: shows(active), image: reads(active) };
    const state = { status: 'succeeded', imageId: 'of-one' };
    expect((await polledUntil(view, {})).entry?.state).toMatchObject(state);
    await redis.client.flushall();
    expect((await polledUntil(view, { imageId: 'of-one' })).entry?.state).toMatchObject(state);
  });
});
