import { beforeEach, expect, test } from 'vitest';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { shareDue } from '../../src/worker/sharing/share-images.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER, INTENT } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const PROJECT = 'a'.repeat(32);
let deps: WorkerDeps;
let calls: string[];

/** A worker, and an import whose image is to be shared. */
beforeEach(async () => {
  calls = [];
  const members: WorkerDeps['members'] = {
    list: async () => {
      calls.push('list');
      return { kind: 'ok', value: [] };
    },
    add: async () => {
      calls.push('add');
      return { kind: 'ok', body: {} };
    },
  };
  deps = { ...(await workerDeps(redis, {})), members };
  const { ledger, batches, guard } = deps;
  const at = { now: 1000, due: 5000 };
  const image = { request: imageRequest('web', { members: [PROJECT] }), line: 1 };
  await batches.register('b', [image], at);
  await guard.report(HOLDER);
  await guard.scanned(await guard.beginScan());
  const [key = ''] = await batches.members('b', 0, 1);
  const pending = (await ledger.read(key)) ?? expect.unreachable();
  const admitted = await ledger.admit(pending, { ...INTENT, now: Date.now() });
  if (admitted.kind !== 'admitted') return expect.unreachable(admitted.kind);
  const { epoch } = admitted.entry;
  const accepted = await ledger.change(key, { type: 'accepted', epoch, jobId: 'j', at: 1 }, at);
  const of = stateVersion(accepted.entry ?? expect.unreachable());
  await ledger.change(key, { type: 'succeeded', of, imageId: 'i', otherImageIds: [] }, at);
});

async function statuses(): Promise<readonly string[]> {
  const [key = ''] = await deps.batches.members('b', 0, 1);
  const entry = await deps.ledger.read(key);
  return Object.values(entry?.sharing?.members ?? {}).map(({ status }) => status);
}

test('a due image is shared, and is not due again at once', async () => {
  await shareDue(deps);
  expect(await statuses()).toEqual(['pending']);
  await shareDue(deps);
  expect(calls).toEqual(['list', 'add']);
});

test('nothing is called while the project is stopped, but for the quota', async () => {
  const stop = { code: 'X', message: 'x', at: 1 };
  await deps.project.stop({ ...stop, reason: 'permission' });
  await shareDue(deps);
  expect(calls).toEqual([]);
  await deps.project.resume();
  await deps.project.stop({ ...stop, reason: 'quota' });
  await shareDue(deps);
  expect(calls).toEqual(['list', 'add']);
});

test('nothing is called while reads cool down', async () => {
  await deps.project.coolDown('read', 60_000);
  await shareDue(deps);
  expect(calls).toEqual([]);
});

test('one worker at a time does it', async () => {
  await deps.project.lease('sharing', 'another', 60_000);
  await shareDue(deps);
  expect(calls).toEqual([]);
});

test('a 429 slows all workers down, and the image keeps its turn', async () => {
  const throttled = { kind: 'failed', throttled: true, code: 'APIGW.0308', message: 'x' } as const;
  const list = async () => throttled;
  await shareDue({ ...deps, members: { ...deps.members, list } });
  expect(await deps.project.coolingMs('read')).toBeGreaterThan(0);
  expect(await statuses()).toEqual(['adding']);
  expect(await deps.ledger.sharing.count()).toBe(1);
});

test('an image that moves meanwhile is looked at again', async () => {
  const [key = ''] = await deps.batches.members('b', 0, 1);
  const list: WorkerDeps['members']['list'] = async () => {
    await deps.ledger.requeued(key);
    return { kind: 'ok', value: [] };
  };
  await shareDue({ ...deps, members: { ...deps.members, list } });
  expect(await statuses()).toEqual([]);
  expect(await deps.ledger.sharing.count()).toBe(1);
});
