import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Archived } from '../../src/operator/archive/archive-batch.ts';
import { archiveBatches } from '../../src/operator/archive/archive-batches.ts';
import type { ArchiveDeps } from '../../src/operator/archive/archive-deps.ts';
import type { ArchivedImage, LostImage } from '../../src/shared/archive/archive-format.ts';
import { openArchive } from '../../src/shared/archive/read-archive.ts';
import { BatchArchive } from '../../src/shared/ledger/batch-archive.ts';
import { BatchStore } from '../../src/shared/ledger/batch-store.ts';
import {
  archiveDeps,
  archiveFolder,
  filesIn,
  ledgerKeysOf,
  settle,
} from '../support/archive-parts.ts';
import { manifestImages } from '../support/images.ts';
import { AT, KEYS, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

async function archiveAll(
  deps: ArchiveDeps,
  folder: string,
  batches: readonly string[] = [],
): Promise<readonly Archived[]> {
  const all: Archived[] = [];
  await archiveBatches(deps, { batches, olderThanMs: 0, folder }, (one) => all.push(one));
  return all;
}

async function finishedBatch() {
  const parts = await registered(server.client, 3);
  await settle(parts, 0);
  await settle(parts, 1, 'failed');
  await settle(parts, 2, 'cancelled');
  return parts;
}

describe('a finished batch', () => {
  test('goes into one file with everything, for its owner alone, and out of the ledger', async () => {
    const parts = await finishedBatch();
    const folder = await archiveFolder();
    const [archived] = await archiveAll(archiveDeps(server.client, parts), folder);
    expect(archived).toMatchObject({ kind: 'archived', batch: 'b', images: 3 });
    const [file = '', ...others] = await filesIn(folder);
    expect(others).toEqual([]);
    expect(basename(file)).toMatch(/^b\.\d{4}-\d\d-\d\d\.[\w-]{12}\.jsonl\.gz$/);
    expect((await stat(file)).mode & 0o777).toBe(0o600);

    const { header, images } = await openArchive(file);
    expect(header).toMatchObject({
      batch: 'b',
      namespace: 'test',
      total: 3,
      finished_at: new Date(1000).toISOString(),
      counts: { succeeded: 1, failed: 1, cancelled: 1 },
    });
    const read: (ArchivedImage | LostImage)[] = [];
    for await (const image of images) read.push(image);
    expect(read).toMatchObject([
      { state: 'succeeded', job_id: 'job-0', image_id: 'image-0', error: null, attempt: 1 },
      { state: 'failed', error: { code: 'IMG.0057', advice: 'upload it' }, image_id: null },
      { state: 'cancelled', submitted_at: null, finished_at: new Date(1000).toISOString() },
    ]);
    expect(read[0]).toMatchObject({ request: { image_url: 'bucket:images/image-1.qcow2' } });
    const story = read[0]?.state === 'succeeded' ? read[0].story : [];
    expect(story.map(({ text }) => text)[0]).toBe('registered in batch b');
    expect(story.length).toBeGreaterThan(2);

    expect(await ledgerKeysOf(server.client)).toEqual([]);
    expect(await parts.batches.names()).toEqual([]);
  });

  test('keeps an import that another batch holds, until that one goes, too', async () => {
    const parts = await finishedBatch();
    await parts.batches.register('other', manifestImages(2), AT);
    const before = await parts.batches.summary('other');
    const folder = await archiveFolder();
    const deps = archiveDeps(server.client, parts);
    await parts.ledger.decline(parts.members[0] ?? '', 'b');

    expect(await archiveAll(deps, folder, ['b'])).toMatchObject([{ kind: 'archived' }]);
    const left = await parts.ledger.readMany(parts.members);
    expect(left.map(({ batches }) => batches)).toEqual([['other'], ['other']]);
    expect(left[0]?.declined).toEqual([]);
    expect(await parts.batches.summary('other')).toEqual(before);
    expect(await archiveAll(deps, folder)).toMatchObject([{ kind: 'archived', images: 2 }]);
    expect(await ledgerKeysOf(server.client)).toEqual([]);
    expect(await filesIn(folder)).toHaveLength(2);
  });

  test('stays while an image has no outcome, it is too young, or IMS may still answer', async () => {
    const parts = await registered(server.client, 2);
    await settle(parts, 0);
    const folder = await archiveFolder();
    const deps = archiveDeps(server.client, parts);
    expect(await archiveAll(deps, folder)).toEqual([]);
    expect(await archiveAll(deps, folder, ['b'])).toEqual([
      { kind: 'not-yet', batch: 'b', why: 'has 1 of 2 images without an outcome' },
    ]);
    const image = { id: 'i', status: 'active' };
    const [, found = ''] = parts.members;
    const of = 'pending:0:1';
    await parts.ledger.change(found, { type: 'found', of, image, at: 1 }, AT);
    await server.client.hset(KEYS.import(found), 'submitted_at', Date.now());
    const [waits] = await archiveAll({ ...deps, answerMs: 60_000 }, folder, ['b']);
    expect(waits).toMatchObject({ why: 'waits: IMS may still answer the create of image-2' });
    const wanted = { batches: ['b'], olderThanMs: Date.now(), folder };
    await archiveBatches(deps, wanted, (one) => expect(one.kind).toBe('not-yet'));
    expect(await filesIn(folder)).toEqual([]);
    expect((await parts.batches.summary('b'))?.archiving).toBeUndefined();
    const heard = { ...deps, answerMs: 0 };
    expect(await archiveAll(heard, folder, ['b'])).toMatchObject([{ kind: 'archived' }]);
  });

  test('stays while an IMS job of an older create is followed', async () => {
    const parts = await finishedBatch();
    const [key = ''] = parts.members;
    const late = { type: 'accepted', epoch: 0, jobId: 'late', at: 3000 } as const;
    await parts.ledger.change(key, late, AT);
    const deps = archiveDeps(server.client, parts);
    const trigger = { key, name: 'image-1', attempt: 1, epoch: 1, queued: 0 };
    await deps.queues.addLateJob(trigger, 'late');
    const folder = await archiveFolder();
    expect(await archiveAll(deps, folder)).toMatchObject([
      { kind: 'not-yet', why: 'waits: IMS job late of image-1 is still followed' },
    ]);
    await deps.queues.poll.remove(`${key}-stray-late`);
    expect(await archiveAll(deps, folder)).toMatchObject([{ kind: 'archived' }]);
  });
});

describe('what comes between the file and the removal', () => {
  /** Does something right before the first page is taken out. */
  function interrupted(work: () => Promise<unknown>): BatchStore {
    class Interrupted extends BatchArchive {
      override async takeOut(...args: Parameters<BatchArchive['takeOut']>) {
        await work();
        return super.takeOut(...args);
      }
    }
    return new (class extends BatchStore {
      override readonly archive = new Interrupted(server.client, KEYS);
    })(server.client, KEYS);
  }

  test('submitting the batch again ends it: nothing is taken out', async () => {
    const parts = await finishedBatch();
    const again = () => parts.batches.register('b', manifestImages(4), AT);
    const deps = archiveDeps(server.client, parts, { batches: interrupted(again) });
    const folder = await archiveFolder();
    expect(await archiveAll(deps, folder)).toMatchObject([{ kind: 'kept', left: 4 }]);
    const summary = await parts.batches.summary('b');
    expect(summary?.counts).toMatchObject({ succeeded: 1, failed: 1, cancelled: 1, pending: 1 });
    expect(summary?.archiving).toBeUndefined();
  });

  test('an image that is retried ends it, too; evidence keeps its image', async () => {
    const parts = await finishedBatch();
    const [first = '', failed = ''] = parts.members;
    const retry = () => parts.ledger.change(failed, { type: 'retry', at: 1 }, AT);
    const deps = archiveDeps(server.client, parts, { batches: interrupted(retry) });
    const folder = await archiveFolder();
    expect(await archiveAll(deps, folder)).toMatchObject([{ kind: 'kept', left: 3 }]);
    expect(await parts.ledger.read(failed)).toMatchObject({ state: { status: 'pending' } });
    await settle(parts, 1, 'failed');
    const late = { type: 'accepted', epoch: 0, jobId: 'late', at: 3000 } as const;
    const evidence = () => parts.ledger.change(first, late, AT);
    const other = archiveDeps(server.client, parts, { batches: interrupted(evidence) });
    expect(await archiveAll(other, folder)).toMatchObject([{ kind: 'kept', left: 1 }]);
    expect(await parts.batches.summary('b')).toMatchObject({
      total: 1,
      counts: { succeeded: 1, failed: 0, cancelled: 0 },
      troubles: [],
    });
    expect(await parts.ledger.read(first)).toMatchObject({ lateJobIds: ['late'] });
  });

  test('stopped, it ends between two pages, and the next run continues with its file', async () => {
    const parts = await registered(server.client, 150);
    for (const index of parts.members.keys()) await settle(parts, index, 'cancelled');
    const stop = new AbortController();
    const batches = interrupted(async () => stop.abort());
    const deps = archiveDeps(server.client, parts, { batches, stop: stop.signal });
    const folder = await archiveFolder();
    expect(await archiveAll(deps, folder)).toEqual([{ kind: 'stopped', batch: 'b' }]);
    expect((await parts.batches.summary('b'))?.total).toBe(50);
    const next = archiveDeps(server.client, parts);
    expect(await archiveAll(next, folder)).toMatchObject([{ kind: 'archived', images: 150 }]);
    expect(await filesIn(folder)).toHaveLength(1);
    expect(await ledgerKeysOf(server.client)).toEqual([]);
  });

  test('a second one that archives does nothing meanwhile', async () => {
    const parts = await finishedBatch();
    const folder = await archiveFolder();
    const second = archiveDeps(server.client, parts, { owner: 'second' });
    const seen: boolean[] = [];
    const look = async () => {
      const wanted = { batches: [], olderThanMs: 0, folder };
      seen.push(await archiveBatches(second, wanted, () => undefined));
    };
    const deps = archiveDeps(server.client, parts, { batches: interrupted(look) });
    expect(await archiveAll(deps, folder)).toMatchObject([{ kind: 'archived' }]);
    expect(seen).toEqual([false]);
  });
});
