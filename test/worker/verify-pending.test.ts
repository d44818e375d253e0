import { expect, test } from 'vitest';
import type { ImsClient } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { createVerifier } from '../../src/worker/before-create.ts';
import { Step, type WorkerDeps } from '../../src/worker/step.ts';
import { imageRequest } from '../support/images.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

/** An import that is sent again, as it was looked for at this time of the fleet. */
async function sentAgain(deps: WorkerDeps, lookedAt: number): Promise<LedgerEntry> {
  const now = deps.clock.wall.now();
  const image = { request: imageRequest('one'), line: 1 };
  const [one] = await deps.batches.register('b', [image], { now, due: now });
  const entry = await deps.ledger.read(one?.key ?? '');
  if (!entry) throw new Error('not registered');
  const lastReason = { code: 'TIMEOUT', message: 'no answer' };
  return { ...entry, state: { status: 'pending', lookedAt, lastReason } };
}

async function countingLists() {
  const calls = { lists: 0 };
  const images: ImsClient['images'] = async () => {
    calls.lists += 1;
    return { kind: 'ok', value: [] };
  };
  return { calls, deps: await workerDeps(redis, { images }) };
}

test('a look-up by an earlier process does not count: the fleet may have stopped since', async () => {
  const { calls, deps } = await countingLists();
  const verify = createVerifier(new Step(deps, await sentAgain(deps, deps.clock.now())));
  expect(await verify()).toBe('clear');
  expect(calls.lists).toBeGreaterThan(0);
  const { lists } = calls;
  expect(await verify()).toBe('clear');
  expect(calls.lists).toBe(lists);
});

test.each([
  ['the host slept', { wall: 3_600_000, monotonic: 0 }],
  ['its wall clock was set back', { wall: -3_600_000, monotonic: 0 }],
  ['the wall clock stood still', { wall: 0, monotonic: 3_600_000 }],
])('its own look-up is not fresh any more when %s', async (_, jump) => {
  const { calls, deps } = await countingLists();
  let ahead = { wall: 0, monotonic: 0 };
  const { clock } = deps;
  const wall = { ...clock.wall, now: () => clock.wall.now() + ahead.wall };
  const jumping = { ...clock, wall, monotonic: () => clock.monotonic() + ahead.monotonic };
  const entry = await sentAgain(deps, clock.now());
  const verify = createVerifier(new Step({ ...deps, clock: jumping }, entry));
  await verify();
  const { lists } = calls;
  ahead = jump;
  await verify();
  expect(calls.lists).toBeGreaterThan(lists);
});

test.each([
  { usual: undefined, own: 'own', looks: false },
  { usual: 'all_granted_eps', own: 'own', looks: false },
  { usual: 'own', own: 'own', looks: false },
  { usual: 'usual', own: undefined, looks: false },
  { usual: 'usual', own: 'own', looks: true },
])(
  'the first create of an image of enterprise project $own beside $usual: looked for: $looks',
  async (row) => {
    const { usual, own, looks } = row;
    const { calls, deps } = await countingLists();
    const entry = await sentAgain(deps, 0);
    const project = own === undefined ? {} : { enterprise_project_id: own };
    const first = {
      ...entry,
      request: { ...entry.request, ...project },
      state: { status: 'pending' } as const,
    };
    const at = usual === undefined ? deps : { ...deps, enterpriseProjectId: usual };
    expect(await createVerifier(new Step(at, first))()).toBe('clear');
    expect(calls.lists > 0).toBe(looks);
  },
);
