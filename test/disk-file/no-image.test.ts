import { describe, expect, test } from 'vitest';
import type { DiskFaultCode } from '../../src/shared/disk-file/disk-file.ts';
import { readDiskFile } from '../../src/shared/disk-file/read-disk-file.ts';
import { MB } from '../support/disk-files/hand-made.ts';
import { laidOut } from '../support/disk-files/laid-out.ts';
import { fileInMemory } from '../support/disk-files/ranged-file.ts';

const KB = 1024;
const read = (data: Uint8Array, bytes?: number) => readDiskFile(fileInMemory(data, bytes));

describe('what is no disk is named', () => {
  const rows: readonly [
    what: string,
    data: Uint8Array | string,
    code: DiskFaultCode,
    message: RegExp,
  ][] = [
    ['nothing', '', 'NOT_AN_IMAGE', /empty/],
    ['zeros', new Uint8Array(MB), 'NOT_AN_IMAGE', /zeros/],
    ['a few bytes', Uint8Array.of(0, 1, 2), 'NOT_AN_IMAGE', /3 bytes/],
    ['an HTML page', '<html><body>', 'NOT_AN_IMAGE', /HTML/],
    [
      'an answer of OBS',
      '<?xml?><Error><Code>AccessDenied</Code></Error>',
      'NOT_AN_IMAGE',
      /error/,
    ],
    ['an OVF', '<?xml?><ovf:Envelope>', 'NOT_AN_IMAGE', /OVF/],
    ['a text', 'name: web\n', 'NOT_AN_IMAGE', /text/],
    ['a PDF', '%PDF-1.7', 'NOT_AN_IMAGE', /PDF/],
    ['gzip', Uint8Array.of(0x1f, 0x8b, 8, 0), 'COMPRESSED', /gzip/],
    ['7z', Uint8Array.of(0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c, 0), 'COMPRESSED', /7z/],
    ['a Parallels disk', 'WithoutFreeSpace\u0002\0', 'NOT_AN_IMAGE', /Parallels/],
    [
      'a program for Windows',
      laidOut(512, [0, 'text', 'MZ'], [60, 'u32', 128], [128, 'text', 'PE']),
      'NOT_AN_IMAGE',
      /Windows/,
    ],
    [
      'a tar without OVF',
      laidOut(2048, [0, 'text', 'disk.raw'], [124, 'text', '0'], [257, 'text', 'ustar']),
      'NOT_AN_IMAGE',
      /disk\.raw/,
    ],
  ];

  test.each(rows)('%s', async (_what, ...[data, code, message]) => {
    const { faults } = await read(typeof data === 'string' ? Buffer.from(data) : data);
    expect(faults.map((fault) => fault.code)).toEqual([code]);
    expect(faults[0]?.message).toMatch(message);
  });

  test('a VMDK that is text names the files with the data, and sums up their sizes', async () => {
    const text = '# Disk DescriptorFile\nRW 2048 SPARSE "a.vmdk"\nRW 1024 SPARSE "b.vmdk"\n';
    const found = await read(Buffer.from(text));
    expect(found).toMatchObject({ format: 'vmdk', virtualBytes: 3072 * 512 });
    expect(found.faults[0]?.message).toMatch(/a\.vmdk, b\.vmdk$/);
  });

  test('a btrfs leaves its first 64 KB empty and is a disk', async () => {
    const data = laidOut(MB, [64 * KB + 64, 'text', '_BHRfS_M']);
    expect(await read(data)).toEqual({ format: 'raw', virtualBytes: MB, faults: [] });
  });

  test.each([
    [3, 'NTFS    '],
    [3, 'EXFAT   '],
    [54, 'FAT16   '],
    [82, 'FAT32   '],
  ] as const)('the boot sector of a file system is no partition table: %d %s', async (at, name) => {
    const [flag, start, sectors] = [0x80, 1, 2 ** 31];
    const table = [
      [446, 'u8', flag],
      [450, 'u8', 7],
      [454, 'u32', start],
      [458, 'u32', sectors],
      [510, 'u16', 0xaa55],
    ] as const;
    const found = await read(laidOut(MB, [at, 'text', name], ...table));
    expect(found).toEqual({ format: 'raw', virtualBytes: MB, faults: [] });
  });
});
