import { mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import {
  type ReceiptHead,
  type ReceiptImage,
  readImages,
  receiptText,
} from '../../src/producer/watch/receipt.ts';
import { removeOldDrafts } from '../../src/producer/watch/receipts.ts';
import { writeWhole } from '../../src/shared/files/write-file.ts';
import { AUTO_DISK } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { systemRandom as random } from '../../src/shared/runtime/random.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER, INTENT } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const HEAD: ReceiptHead = {
  ok: true,
  state: 'finished',
  file: 'x.yaml',
  batch: 'x',
  sha256: 'ab',
  taken_at: '2026-01-01T00:00:00.000Z',
  written_at: '2026-01-01T00:00:01.000Z',
  finished_at: '2026-01-01T00:00:01.000Z',
  total: 1,
  counts: {
    pending: 0,
    submitting: 0,
    creating: 0,
    unknown: 0,
    succeeded: 1,
    failed: 0,
    cancelled: 0,
    held: 0,
  },
  notes: [],
  warnings: [],
  left_out: [],
};

const redis = useRedis({ emptied: true });

function image(name: string): ReceiptImage {
  const times = { submitted_at: null, finished_at: null, pruned_at: null };
  const ids = { key: 'k', job_id: null, image_id: null };
  const rest = { kind: 'system', state: 'pending', held: false, attempt: 1, polls: 0 };
  const after = { sharing: null, differences: [] };
  return { line: 1, name, error: null, ...ids, ...times, ...rest, ...after };
}

async function newFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

test('its pieces are one JSON object, whatever the names hold and however many there are', () => {
  fc.assert(
    fc.property(fc.array(fc.string(), { maxLength: 450 }), fc.string(), (names, file) => {
      const images = names.map(image);
      const text = [...receiptText({ ...HEAD, file }, images)].join('');
      expect(JSON.parse(text)).toEqual({ ...HEAD, file, images });
    }),
    { numRuns: 50 },
  );
});

test('a receipt takes the place of a link instead of writing through it', async () => {
  const folder = await newFolder();
  const other = join(folder, 'precious.txt');
  await writeFile(other, 'precious');
  await symlink(other, join(folder, 'x.yaml.result.json'));
  await writeWhole(join(folder, 'x.yaml.result.json'), ['{}'], { random });
  expect(await readFile(other, 'utf8')).toBe('precious');
  expect(await readFile(join(folder, 'x.yaml.result.json'), 'utf8')).toBe('{}');
});

test('a receipt that cannot be written whole leaves nothing behind', async () => {
  const folder = await newFolder();
  function* broken(): Generator<string> {
    yield '{';
    throw new Error('no more');
  }
  await expect(writeWhole(join(folder, 'x'), broken(), { random })).rejects.toThrow('no more');
  expect(await readdir(folder)).toEqual([]);
});

test('drafts of writers that were killed are removed, those at work are not', async () => {
  const folder = await newFolder();
  for (const name of ['.old.ims-ferry', '.new.ims-ferry', 'x.yaml']) {
    await writeFile(join(folder, name), '');
  }
  const { now } = { now: 1_800_000_000_000 };
  await utimes(join(folder, '.old.ims-ferry'), now / 1000 - 601, now / 1000 - 601);
  await utimes(join(folder, '.new.ims-ferry'), now / 1000 - 599, now / 1000 - 599);
  await utimes(join(folder, 'x.yaml'), now / 1000 - 9999, now / 1000 - 9999);
  await removeOldDrafts(folder, now);
  expect((await readdir(folder)).sort()).toEqual(['.new.ims-ferry', 'x.yaml']);
});

test.each([
  { written: AUTO_DISK, differs: undefined },
  { written: 40, differs: undefined },
  { written: 41, differs: ['min_disk'] },
])(
  'a disk of 40 GB that was sent, and min_disk: $written in the file (0 is auto): differs in $differs',
  async (row) => {
    const { ledger, batches, clock, guard } = await workerDeps(redis, {});
    const request = imageRequest('a');
    const now = clock.now();
    await batches.register('b', [{ request, line: 1 }], { now, due: now });
    await guard.report(HOLDER);
    await guard.scanned(await guard.beginScan());
    const entry = await ledger.read(importKey(request));
    if (!entry) throw new Error('not registered');
    await ledger.admit(entry, INTENT);
    const written = { request: { ...request, min_disk: row.written }, line: 1 };
    const { images } = await readImages(ledger, 'b', [written]);
    expect(request.min_disk).toBe(40);
    expect(images[0]).toMatchObject({ state: 'submitting' });
    expect(images[0]?.differs).toEqual(row.differs);
  },
);
