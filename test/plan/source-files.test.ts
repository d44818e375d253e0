import { describe, expect, test } from 'vitest';
import type { PartAnswer } from '../../src/shared/cloud/obs/object-part.ts';
import type { DiskFile, RangedFile } from '../../src/shared/disk-file/disk-file.ts';
import { createSourceFiles, type HeaderCache } from '../../src/shared/source-file/source-files.ts';

const RAW: DiskFile = { format: 'raw', faults: [] };
const OBJECT = { size: 1_000_000, storageClass: 'STANDARD', etag: 'e1' };

/** Sources whose objects are read as `answer` says, with what each read requested. */
function sourcesOf(
  readFile: (file: RangedFile) => Promise<DiskFile>,
  answer: (offset: number, length: number) => PartAnswer = (_, length) => ({
    kind: 'read',
    bytes: new Uint8Array(length),
    size: OBJECT.size,
  }),
  cache?: HeaderCache,
) {
  const reads: unknown[] = [];
  const sources = createSourceFiles({
    readFile,
    ...(cache && { cache }),
    obs: {
      list: async () => ({ kind: 'missing' }),
      head: async () => ({ kind: 'found', ...OBJECT }),
      read: async (_, key, { offset, length, etag }) => {
        reads.push([key, offset, length, etag]);
        return answer(offset, length);
      },
    },
  });
  const header = (key = 'a.raw') => sources.header('bucket', key, OBJECT);
  return { reads, header, sources };
}

const readsAt =
  (...offsets: readonly number[]) =>
  async ({ read }: RangedFile): Promise<DiskFile> => {
    for (const offset of offsets) await read(offset, 512);
    return RAW;
  };

describe('the header of an object', () => {
  test('is read once for all images, its first 64 KB by one request, of this ETag only', async () => {
    const { reads, header } = sourcesOf(readsAt(0, 512, 40_000, 999_488, 999_900));
    expect(await Promise.all([header(), header()])).toEqual([
      { kind: 'read', file: RAW },
      { kind: 'read', file: RAW },
    ]);
    expect(reads).toEqual([
      ['a.raw', 0, 65_536, 'e1'],
      ['a.raw', 999_488, 512, 'e1'],
      ['a.raw', 999_900, 100, 'e1'],
    ]);
  });

  test.each([
    [{ kind: 'changed', message: 'it was replaced' }, 'it was replaced'],
    [{ kind: 'read', bytes: new Uint8Array(), size: 7 }, 'was replaced while it was being read'],
    [{ kind: 'missing' }, 'was deleted meanwhile'],
    [{ kind: 'forbidden', message: 'x' }, 'our OBS keys may not read it'],
    [{ kind: 'failed', code: 'TIMEOUT', message: 'x' }, 'TIMEOUT: x'],
  ] as const)('is not known after %j, which is what it says', async (answer, says) => {
    const { header } = sourcesOf(readsAt(0), () => answer);
    expect(await header()).toEqual({ kind: 'unread', message: expect.stringContaining(says) });
  });

  test('never costs more than some requests, wherever it leads', async () => {
    const everywhere = Array.from({ length: 500 }, (_, at) => 100_000 + at * 512);
    const { reads, header } = sourcesOf(readsAt(...everywhere));
    expect(await header()).toMatchObject({ kind: 'unread' });
    expect(reads).toHaveLength(24);
  });

  test('with a mistake of ours in its reader is no answer about the object', async () => {
    const { header } = sourcesOf(async () => Promise.reject(new TypeError('ours')));
    await expect(header()).rejects.toThrow('ours');
  });

  test('is not read any more once it is late, but known where it was read before', async () => {
    const { reads, header, sources } = sourcesOf(readsAt(0));
    const late = sources.whileTimely(() => true);
    await header();
    expect(await late.header('bucket', 'a.raw', OBJECT)).toEqual({ kind: 'read', file: RAW });
    expect(await late.header('bucket', 'b.raw', OBJECT)).toMatchObject({ kind: 'unread' });
    expect(reads).toHaveLength(1);
  });

  test('that could not be read is not kept', async () => {
    const kept: string[] = [];
    const cache: HeaderCache = {
      get: async () => undefined,
      set: async (url) => void kept.push(url),
    };
    const away = () => ({ kind: 'failed', code: 'TIMEOUT', message: 'x' }) as const;
    await sourcesOf(readsAt(0), away, cache).header();
    expect(kept).toEqual([]);
    await sourcesOf(readsAt(0), undefined, cache).header();
    expect(kept).toEqual(['bucket:a.raw']);
  });
});
