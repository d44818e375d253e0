import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import {
  type FileFacts,
  failureText,
  MAX_BYTES,
  type OpenFile,
  readRegularFile,
  readStable,
} from '../../src/producer/manifest/read-file.ts';

const TEXT = new TextEncoder().encode('images: []');

/** A file that is not the same any more once it was read. */
function fileThatBecomes(after: Partial<FileFacts>, length = TEXT.length): OpenFile {
  const facts = { isFile: () => true, isDirectory: () => false, nlink: 1, mtimeMs: 1 };
  const states: FileFacts[] = [
    { ...facts, size: TEXT.length },
    { ...facts, size: TEXT.length, ...after },
  ];
  return {
    stat: async () => states.shift() ?? { ...facts, size: 0 },
    read: async (buffer, offset) => {
      const piece = TEXT.subarray(offset, Math.min(offset + 4, length));
      buffer.set(piece, offset);
      return { bytesRead: piece.length };
    },
  };
}

const CHANGED = 'changed while it was being read; try again once it is complete';
const rows = [
  {
    fact: 'was deleted',
    file: fileThatBecomes({ nlink: 0 }),
    message: 'was deleted while it was being read',
  },
  { fact: 'grew', file: fileThatBecomes({ size: 99 }), message: CHANGED },
  { fact: 'was written again', file: fileThatBecomes({ mtimeMs: 2 }), message: CHANGED },
  { fact: 'was cut off', file: fileThatBecomes({ size: 3 }, 3), message: CHANGED },
];

test.each(rows)('a file that $fact while it was read is refused', async ({ file, message }) => {
  expect(await readStable(file)).toEqual({ ok: false, message });
});

test('a file that stays the same is read in pieces', async () => {
  expect(await readStable(fileThatBecomes({}))).toEqual({ ok: true, bytes: TEXT });
});

test('a file above 64 MB is refused before it is read', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'large.yaml');
  await writeFile(file, '');
  await truncate(file, MAX_BYTES + 1);
  expect(await readRegularFile(file)).toEqual({
    ok: false,
    message: 'is 64000001 bytes long; the limit is 64000000, split it into several files',
  });
});

test('a file that may not be read names the user and the mode', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'secret.yaml');
  await writeFile(file, '', { mode: 0o600 });
  // Root may read everything, so the refusal itself cannot be had here.
  expect(await failureText(file, 'EACCES')).toBe(
    `user ${userInfo().username} may not read it (its mode is 0600); change its mode, or run as its owner`,
  );
});

test('a name with a NUL character is refused', async () => {
  expect(await readRegularFile('a\0b')).toEqual({
    ok: false,
    message: 'is not a valid file name',
  });
});
