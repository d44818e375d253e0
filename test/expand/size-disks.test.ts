import { describe, expect, test } from 'vitest';
import { hasUnsized, sizeDisks, unsizedIssues } from '../../src/producer/expand/size-disks.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import type { Dialect } from '../../src/shared/dialect/dialect.ts';
import type { DiskFile } from '../../src/shared/disk-file/disk-file.ts';
import type { Manifest } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import type { SourceFiles } from '../../src/shared/source-file/source-files.ts';

const GB = 1024 ** 3;

function manifestOf(text: string): Manifest {
  const result = parseManifest(new TextEncoder().encode(text), 'm.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  return result.manifest;
}

const ONE = 'images:\n  - { name: a, image_url: "bucket:a.qcow2", min_disk: auto }\n';
const NO_ENTRIES = { readMany: async () => [] };

/** Objects of 5 bytes, with what their headers say. */
function sourcesWith(files: Readonly<Record<string, DiskFile | string>>): SourceFiles {
  const sources: SourceFiles = {
    list: async () => ({ kind: 'forbidden', message: 'x' }),
    look: async (_, key) =>
      key in files ? { kind: 'found', size: 5, storageClass: 'STANDARD' } : { kind: 'missing' },
    header: async (_, key) => {
      const file = files[key] ?? 'TIMEOUT: x';
      return typeof file === 'string' ? { kind: 'unread', message: file } : { kind: 'read', file };
    },
    whileTimely: () => sources,
  };
  return sources;
}

const disk = (gigabytes: number, format: DiskFile['format'] = 'qcow2'): DiskFile => ({
  format,
  virtualBytes: gigabytes * GB,
  faults: [],
});

async function sizesOf(text: string, files: Parameters<typeof sourcesWith>[0], dialect: Dialect) {
  const sources = sourcesWith(files);
  const sized = await sizeDisks(manifestOf(text), { ledger: NO_ENTRIES, sources, dialect });
  return sized;
}

describe('min_disk: auto', () => {
  test.each([
    { what: 'is the size of the disk', size: 30, fields: '', otc: 30, huawei: 30 },
    { what: 'is rounded up', size: 30.1, fields: '', otc: 31, huawei: 31 },
    { what: 'is what Linux needs at least', size: 2, fields: '', otc: 2, huawei: 10 },
    { what: 'is what Windows needs', size: 2, fields: ', os_type: Windows', otc: 2, huawei: 20 },
    { what: 'is what a data disk needs', size: 2, fields: ', kind: data', otc: 2, huawei: 40 },
  ])('$what', async ({ size, fields, ...expected }) => {
    const text = `images:\n  - { image_url: "bucket:a.qcow2", min_disk: auto${fields} }\n`;
    for (const dialect of ['otc', 'huawei'] as const) {
      const { images } = await sizesOf(text, { 'a.qcow2': disk(size) }, dialect);
      expect(images[0]?.request.min_disk).toBe(expected[dialect]);
      expect(images[0]?.unsized).toBeUndefined();
    }
  });

  test('is filled in for data disks that come along, from 1 GB on', async () => {
    const text = `images:
  - image_url: bucket:a.qcow2
    min_disk: 40
    data_images: [{ image_url: "bucket:b.vmdk", min_disk: auto }, { image_url: "bucket:c.vmdk", min_disk: 7 }]
`;
    const { images } = await sizesOf(text, { 'b.vmdk': disk(1.5) }, 'huawei');
    expect(images[0]?.request.min_disk).toBe(40);
    expect(images[0]?.request.data_images?.map(({ min_disk }) => min_disk)).toEqual([2, 7]);
  });

  test('leaves what the file says in the image, for the ledger', async () => {
    const { images } = await sizesOf(ONE, { 'a.qcow2': disk(3) }, 'otc');
    expect(images[0]?.file).toEqual({ bytes: 5, virtualBytes: 3 * GB, format: 'qcow2' });
  });

  test.each([
    { what: 'an ISO file', file: disk(1, 'iso'), says: 'an ISO file, which does not say' },
    {
      what: 'a compressed file',
      file: {
        format: 'raw',
        faults: [{ code: 'COMPRESSED', message: 'it is gzip', advice: 'x' }],
      } as const,
      says: 'it is gzip',
    },
    { what: 'a disk that is too large', file: disk(1500), says: 'has 1500 GB; at most 1024 GB' },
    {
      what: 'a header that cannot be read',
      file: 'TIMEOUT: x',
      says: 'try again, or write the number',
    },
    { what: 'no object', file: undefined, says: 'the object does not exist' },
  ])('is not known of $what, with the line', async ({ file, says }) => {
    const files = file === undefined ? {} : { 'a.qcow2': file };
    const sized = await sizesOf(ONE, files, 'otc');
    expect(hasUnsized(sized)).toBe(true);
    expect(unsizedIssues(sized)).toMatchObject([{ line: 2, field: 'min_disk' }]);
    expect(unsizedIssues(sized)[0]?.message).toContain(says);
  });

  test('is not known without keys, which is what it says', async () => {
    const sized = await sizeDisks(manifestOf(ONE), { ledger: NO_ENTRIES, dialect: 'otc' });
    expect(unsizedIssues(sized)[0]?.message).toContain('set OS_ACCESS_KEY and OS_SECRET_KEY');
  });

  test('has no part in the identity of an import', () => {
    const [auto] = manifestOf(ONE).images;
    const [number] = manifestOf(ONE.replace('auto', '40')).images;
    if (!auto || !number) return expect.unreachable();
    expect(importKey(auto.request)).toBe(importKey(number.request));
  });
});

describe('an import that the ledger has', () => {
  const entry = (status: string, min_disk: number) => {
    const [image] = manifestOf(ONE).images;
    if (!image) throw new Error('no image');
    const key = importKey(image.request);
    const known = { key, request: { ...image.request, min_disk }, state: { status } };
    return { readMany: async () => [known as LedgerEntry] };
  };
  const sized = async (ledger: ReturnType<typeof entry>, more: object, recreate = false) => {
    const sizing = { ledger, dialect: 'otc', recreate, ...more } as const;
    return (await sizeDisks(manifestOf(ONE), sizing)).images[0]?.request.min_disk;
  };
  const grown = { sources: sourcesWith({ 'a.qcow2': disk(50) }) };

  test.each(['submitting', 'creating', 'unknown', 'succeeded'])(
    'and is %s keeps the size that it was sent with, without a look at its file',
    async (status) => {
      expect(await sized(entry(status, 33), {})).toBe(33);
      expect(await sized(entry(status, 33), grown)).toBe(33);
    },
  );

  test.each(['pending', 'failed', 'cancelled'])(
    'and is %s gets what its file says now, and keeps its size where that is gone',
    async (status) => {
      expect(await sized(entry(status, 33), grown)).toBe(50);
      expect(await sized(entry(status, 33), { sources: sourcesWith({}) })).toBe(33);
    },
  );

  test('and is to be created again gets what its file says now', async () => {
    expect(await sized(entry('succeeded', 33), grown, true)).toBe(50);
  });
});
