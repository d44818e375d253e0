import { describe, expect, test } from 'vitest';
import { unpauseBatch } from '../../src/operator/batch-actions.ts';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { noticeInList } from '../../src/worker/maintenance/notice-others.ts';
import { createScanner } from '../../src/worker/maintenance/scan-project.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { accept } from '../support/accept.ts';
import { imageRequest } from '../support/images.ts';
import { useRedis } from '../support/use-redis.ts';
import { markedImage, workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });
const BEGAN = 1_000_000;
const keyOf = (name: string): string => importKey(imageRequest(name));
const saving = (name: string, more: Partial<ImsImage> = {}): ImsImage =>
  markedImage(name, { status: 'saving', createdAt: BEGAN + 60_000, ...more });

/** A ledger whose first list is older than the images, with one import that waits. */
async function begun(): Promise<WorkerDeps> {
  const deps = await workerDeps(redis, {
    images: async () => ({ kind: 'ok', value: [], serverTime: BEGAN }),
  });
  await deps.batches.register('b', [{ request: imageRequest('waits'), line: 1 }], {
    now: 1,
    due: 9,
  });
  await createScanner(deps)();
  return deps;
}

const stateOf = async (deps: WorkerDeps, name: string) =>
  (await deps.ledger.read(keyOf(name)))?.state.status;
const isPaused = async (deps: WorkerDeps) => (await deps.batches.summary('b'))?.isPaused;

describe('an image in creation', () => {
  test('that no import here has is noted once; nothing is paused', async () => {
    const deps = await begun();
    await noticeInList(deps, [saving('theirs')]);
    await noticeInList(deps, [saving('theirs')]);
    expect(await deps.project.others.alarm()).toEqual({
      count: 1,
      example: { key: keyOf('theirs'), imageId: 'of-theirs', name: 'theirs', status: 'saving' },
    });
    expect(await isPaused(deps)).toBe(false);
    expect(await deps.project.others.dismiss()).toBe(1);
    await noticeInList(deps, [saving('theirs')]);
    expect(await deps.project.others.alarm()).toBeUndefined();
  });

  test('of an import that waits here is adopted, and its batch is paused; to resume it takes a scan', async () => {
    const deps = await begun();
    await noticeInList(deps, [saving('waits')]);
    expect(await stateOf(deps, 'waits')).toBe('creating');
    expect(await isPaused(deps)).toBe(true);
    expect((await deps.project.others.alarm())?.count).toBe(1);
    expect(await redis.client.hexists(deps.ledger.keys.meta, 'scanned_at')).toBe(1);
    await unpauseBatch(deps, 'b');
    expect(await redis.client.hexists(deps.ledger.keys.meta, 'scanned_at')).toBe(0);
  });

  test('of ours is none, nor is one whose entry was taken out by hand', async () => {
    const deps = await begun();
    await accept(deps, 'ours');
    await noticeInList(deps, [saving('ours')]);
    await redis.client.del(deps.ledger.keys.import(keyOf('ours')), deps.ledger.keys.inFlight);
    await noticeInList(deps, [saving('ours')]);
    expect(await deps.project.others.alarm()).toBeUndefined();
  });

  test('of ours with a second one beside it is', async () => {
    const deps = await begun();
    await accept(deps, 'ours');
    await noticeInList(deps, [saving('ours'), saving('ours', { id: 'second' })]);
    expect((await deps.project.others.alarm())?.count).toBe(2);
  });

  test.each([
    ['is as old as the first list', { createdAt: BEGAN + 999 }],
    ['belongs to another project', { owner: 'q'.repeat(32) }],
    ['carries no marker', { tags: [] }],
  ])('that %s is none', async (_, more) => {
    const deps = await begun();
    await noticeInList(deps, [saving('theirs', more)]);
    expect(await deps.project.others.alarm()).toBeUndefined();
  });

  test('is none once the ledger has lost something, until the list is scanned again', async () => {
    const deps = await begun();
    await deps.project.others.explainAll();
    await noticeInList(deps, [saving('theirs')]);
    expect(await deps.project.others.alarm()).toBeUndefined();
    await createScanner(deps)();
    await noticeInList(deps, [saving('theirs')]);
    expect((await deps.project.others.alarm())?.count).toBe(1);
  });
});

test('a scan binds a ledger that was emptied, and takes its project again', async () => {
  const deps = await begun();
  const { projectId, imsEndpoint } = await deps.sessions.get();
  await deps.project.claim.take(projectId, imsEndpoint);
  await redis.client.flushall();
  await createScanner(deps)();
  const meta = await redis.client.hgetall(deps.ledger.keys.meta);
  expect(meta).toMatchObject({ project_id: projectId, claim: expect.any(String) });
  expect(await redis.client.exists(`{imsferry:}:project:${projectId}`)).toBe(1);
});
