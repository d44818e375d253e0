import { deflateRawSync, deflateSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { Bytes } from '../../src/shared/disk-file/bytes.ts';
import { Excerpts, MOST_BYTES, MOST_READS } from '../../src/shared/disk-file/excerpts.ts';
import { unpack } from '../../src/shared/disk-file/inner-disk.ts';
import { readDiskFile } from '../../src/shared/disk-file/read-disk-file.ts';
import { noise } from '../support/disk-files/lab.ts';
import { laidOut } from '../support/disk-files/laid-out.ts';
import { fileInMemory, recordedFile } from '../support/disk-files/ranged-file.ts';

describe('of one file', () => {
  test('no more parts are read than the limit, and each only once', async () => {
    const file = recordedFile(fileInMemory(noise(64 * 1024, 1)));
    const excerpts = new Excerpts(file);
    const lengths: number[] = [];
    for (let part = 0; part < MOST_READS + 3; part += 1) {
      await excerpts.at(part * 512, 512);
      lengths.push((await excerpts.at(part * 512 + 8, 16)).length);
    }
    expect(file.reads).toHaveLength(MOST_READS);
    expect(lengths.filter((length) => length === 16)).toHaveLength(MOST_READS);
    expect(lengths.slice(MOST_READS)).toEqual([0, 0, 0]);
  });

  test('no more bytes are read than the limit', async () => {
    const file = recordedFile(fileInMemory(new Uint8Array(), 2 ** 40));
    const excerpts = new Excerpts(file);
    const [first, second, third] = [
      await excerpts.at(0, MOST_BYTES - 10),
      await excerpts.at(2 ** 30, 2 ** 35),
      await excerpts.at(2 ** 31, 1),
    ];
    expect([first.length, second.length, third.length]).toEqual([MOST_BYTES - 10, 10, 0]);
  });

  test('an answer that is too long is cut', async () => {
    const read = async () => noise(1000, 1);
    expect((await new Excerpts({ bytes: 5000, read }).at(0, 100)).length).toBe(100);
  });

  test('an archive of many files is judged as far as it was read', async () => {
    const member = (at: number) =>
      [
        [at, 'text', at === 0 ? 'shop.ovf' : 'disk.vmdk'],
        [at + 124, 'text', '00000177000'],
        [at + 257, 'text', 'ustar'],
      ] as const;
    const starts = Array.from({ length: 20 }, (_, index) => index * 0x10000);
    const data = laidOut(20 * 0x10000 + 1024, ...starts.flatMap(member));
    const file = recordedFile(fileInMemory(data));
    expect(await readDiskFile(file)).toEqual({ format: 'ova', faults: [] });
    expect(file.reads).toHaveLength(MOST_READS);
  });
});

test.each([
  ['deflate', deflateRawSync],
  ['zlib', deflateSync],
  ['zstd', zstdCompressSync],
] as const)('of 16 MB in a few bytes only the start is unpacked: %s', async (packing, pack) => {
  const bomb = new Bytes(pack(new Uint8Array(16 * 1024 * 1024)));
  const { length } = await unpack(bomb, packing);
  expect(length).toBeGreaterThanOrEqual(24 * 1024);
  expect(length).toBeLessThan(256 * 1024);
});
