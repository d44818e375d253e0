import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { entryOf, toArchived } from '../../src/shared/archive/archive-format.ts';
import { openArchive } from '../../src/shared/archive/read-archive.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { archiveFolder } from '../support/archive-parts.ts';
import { runFerry } from '../support/ferry.ts';
import { imageRequest } from '../support/images.ts';

const TIME = '2026-05-01T10:00:00.000Z';
const HEADER = {
  format: 'ims-ferry-archive',
  version: 1,
  id: 'id',
  batch: 'b',
  namespace: 'default',
  project_id: null,
  ...{ created_at: TIME, finished_at: TIME, archived_at: TIME },
  total: 1,
  counts: { succeeded: 1, failed: 0, cancelled: 0 },
};

const ENTRY: LedgerEntry = {
  key: 'k'.repeat(43),
  request: imageRequest('web', { os_version: 'CentOS 7.0 64bit' }),
  batches: ['b', 'other'],
  declined: ['other'],
  priority: 3,
  revision: 7,
  epoch: 2,
  attempt: 2,
  queued: 1,
  lateJobIds: ['late'],
  lateImageIds: ['found'],
  seenImageIds: ['found'],
  registeredAt: 1_777_000_000_000,
  submittedAt: 1_777_000_001_000,
  acceptedAt: 1_777_000_002_000,
  finishedAt: 1_777_000_003_000,
  polls: 4,
  state: {
    status: 'succeeded',
    imageId: 'image',
    jobId: 'job',
    otherImageIds: ['disk'],
    adopted: true,
  },
};

const line = JSON.stringify(toArchived(ENTRY, [{ at: 1_777_000_000_000, text: 'registered' }]));
const whole = [JSON.stringify(HEADER), line, '{"images":1}', ''].join('\n');

async function fileOf(bytes: string | Buffer): Promise<string> {
  const file = join(await archiveFolder(), 'x.jsonl.gz');
  await writeFile(file, typeof bytes === 'string' ? gzipSync(bytes) : bytes);
  return file;
}

async function read(file: string): Promise<number> {
  const { images } = await openArchive(file);
  let count = 0;
  for await (const _ of images) count += 1;
  return count;
}

test('what was written down reads as it was in the ledger, whatever its outcome', () => {
  const reason = { code: 'IMG.1', message: 'm', advice: 'a', requestId: 'r' };
  const states: readonly LedgerEntry['state'][] = [
    ENTRY.state,
    { status: 'succeeded', imageId: 'image' },
    { status: 'failed', reason, jobId: 'job', imageId: 'image' },
    { status: 'failed', reason: { code: 'IMG.2', message: 'm' } },
    { status: 'cancelled' },
  ];
  for (const state of states) {
    const { priority: _, ...plain } = { ...ENTRY, state };
    for (const entry of [{ ...ENTRY, state }, plain]) {
      const written = toArchived(entry, []);
      expect(written && entryOf(JSON.parse(JSON.stringify(written)))).toEqual(entry);
    }
  }
  expect(toArchived({ ...ENTRY, state: { status: 'pending' } }, [])).toBeUndefined();
});

test('a whole file is read to its end, with fields that only a newer program knows', async () => {
  expect(await read(await fileOf(whole))).toBe(1);
  const more = whole.replace('"epoch"', '"colour":"red","epoch"');
  expect(await read(await fileOf(more))).toBe(1);
});

test.each([
  ['nothing', '', 'its first line is not the header'],
  ['a receipt', '{"ok":true}\n', 'its first line is not the header'],
  ['one of a newer version', whole.replace('"version":1', '"version":2'), 'has version 2'],
  ['one without its last line', whole.replace('{"images":1}\n', ''), 'its last line is missing'],
  ['one cut off within a line', whole.slice(0, -30), 'it is cut off'],
  ['one with an image too few', whole.replace(`${line}\n`, ''), 'its number of images should be 1'],
  ['one with a line of something else', whole.replace(line, '{"key":1}'), 'line 2 makes no sense'],
  ['one with something behind its end', `${whole}{}\n`, 'something follows its last line'],
])('%s is refused', async (_, text, says) => {
  await expect(read(await fileOf(text))).rejects.toThrow(says);
});

test('a file that was cut off, changed, is no gzip or is not there is refused with what to do', async () => {
  const bytes = gzipSync(whole);
  expect(gunzipSync(bytes).toString()).toBe(whole);
  const changed = Buffer.from(bytes);
  const at = bytes.length - 6;
  changed[at] = (changed[at] ?? 0) ^ 1;
  for (const broken of [bytes.subarray(0, -20), changed, Buffer.from('no gzip at all')]) {
    await expect(read(await fileOf(broken))).rejects.toThrow('cannot be unpacked');
  }
  const gone = await runFerry(['report', '--from', '/nowhere/x.jsonl.gz'], {});
  expect(gone.code).toBe(2);
  expect(gone.stderr).toContain('/nowhere/x.jsonl.gz cannot be read (ENOENT).');
  const both = await runFerry(['report', 'b', '--from', 'x'], {});
  expect(both.stderr).toContain('Name either a batch, or a file with --from.');
});
