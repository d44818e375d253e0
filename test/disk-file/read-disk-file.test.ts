import { deflateRawSync, deflateSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { readDiskFile } from '../../src/shared/disk-file/read-disk-file.ts';
import { fixedVhd, gptFields, handMade, MB, mbrFields } from '../support/disk-files/hand-made.ts';
import { noise } from '../support/disk-files/lab.ts';
import { changed, laidOut } from '../support/disk-files/laid-out.ts';
import { fileInMemory } from '../support/disk-files/ranged-file.ts';

const KB = 1024;
const { iso, qcow, qcow2, qed, vdi, vhd, vhdx, vmdk } = handMade;
const read = (data: Uint8Array, bytes?: number) => readDiskFile(fileInMemory(data, bytes));

describe('a file without faults', () => {
  const mbr = { partitions: 'mbr', isUefi: false, isBios: true } as const;
  const rows: readonly [what: string, data: Uint8Array, finds: object][] = [
    ['QCOW2', qcow2, { format: 'qcow2', virtualBytes: MB }],
    ['QCOW', qcow, { format: 'qcow', virtualBytes: MB }],
    ['QED', qed, { format: 'qed', virtualBytes: MB }],
    ['VMDK', vmdk, { format: 'vmdk', virtualBytes: MB, ...mbr }],
    ['dynamic VHD', vhd, { format: 'vhd', virtualBytes: MB, ...mbr }],
    ['fixed VHD', fixedVhd(), { format: 'vhd', virtualBytes: MB, ...mbr }],
    ['VHDX', vhdx, { format: 'vhdx', virtualBytes: MB, ...mbr }],
    ['VDI', vdi, { format: 'vdi', virtualBytes: MB, ...mbr }],
    ['ZVHD', handMade.zvhd, { format: 'zvhd', virtualBytes: MB }],
    ['ZVHD2', handMade.zvhd2, { format: 'zvhd2', virtualBytes: MB }],
    ['ISO for BIOS', iso, { format: 'iso', virtualBytes: 40 * KB, isUefi: false, isBios: true }],
    ['raw with MBR', handMade.mbr, { format: 'raw', virtualBytes: MB, ...mbr }],
    [
      'raw with GPT',
      handMade.gpt,
      { format: 'raw', virtualBytes: MB, partitions: 'gpt', isUefi: true, isBios: false },
    ],
    [
      'raw with GPT and sectors of 4 KB',
      laidOut(MB, ...gptFields(4096, MB)),
      { format: 'raw', virtualBytes: MB, partitions: 'gpt', isUefi: true, isBios: false },
    ],
    ['raw that begins with anything', noise(MB, 1), { format: 'raw', virtualBytes: MB }],
    [
      'ISO of UDF alone',
      laidOut(MB, [32769, 'text', 'BEA01']),
      { format: 'iso', virtualBytes: MB, isUefi: false, isBios: false },
    ],
  ];

  test.each(rows)('%s', async (_what, data, finds) => {
    expect(await read(data)).toEqual({ ...finds, faults: [] });
  });
});

describe('the disk within is looked at', () => {
  const start = changed(new Uint8Array(64 * KB), ...mbrFields());
  const rows = [
    ['deflate', deflateRawSync(start), 0n],
    ['zstd', zstdCompressSync(start), 8n],
  ] as const;

  test.each(rows)('in a cluster of QCOW2 packed with %s', async (_packing, packed, features) => {
    // The cluster ends with a sector, and what follows it there belongs to others.
    const entry = (1n << 62n) | BigInt(300 * KB);
    const data = changed(qcow2, [72, 'u64be', features], [256 * KB, 'u64be', entry]);
    data.set(packed, 300 * KB);
    data.fill(0xab, 300 * KB + packed.length, 301 * KB);
    expect(await read(data)).toMatchObject({ partitions: 'mbr', isBios: true, faults: [] });
  });

  test('in a cluster of QCOW', async () => {
    const plain = changed(Buffer.concat([qcow, Buffer.alloc(4 * KB)]), [8 * KB, 'u64be', 12 * KB]);
    const mbr = changed(plain, ...mbrFields(12 * KB));
    expect(await read(mbr)).toMatchObject({ partitions: 'mbr', faults: [] });
    const packed = deflateRawSync(start.subarray(0, 4 * KB));
    const entry = (1n << 63n) | (BigInt(packed.length) << 51n) | BigInt(12 * KB);
    const data = changed(plain, [8 * KB, 'u64be', entry], [12 * KB, 'bytes', packed]);
    expect(await read(data)).toMatchObject({ partitions: 'mbr', faults: [] });
  });

  test('in a grain of a VMDK for streams, whose header stands at the end', async () => {
    const packed = deflateSync(start);
    const base = changed(
      vmdk,
      [8, 'u32', 0x10001],
      [64 * KB + 8, 'u32', packed.length],
      [64 * KB + 12, 'bytes', packed],
    );
    const header = changed(base.subarray(0, 512), [56, 'hex', 'ffffffffffffffff']);
    const data = Buffer.concat([
      header,
      base.subarray(512),
      base.subarray(0, 512),
      Buffer.alloc(512),
    ]);
    expect(await read(data)).toMatchObject({ partitions: 'mbr', isBios: true, faults: [] });
  });

  test('in a cluster of which only the first part is stored', async () => {
    const fields = [
      [72, 'u64be', 16],
      [256 * KB, 'u64be', 320 * KB],
      [256 * KB + 12, 'u32be', 1],
    ] as const;
    const part = Buffer.concat([changed(qcow2, ...fields), start.subarray(0, 2 * KB)]);
    expect(await read(part)).toMatchObject({ partitions: 'mbr', faults: [] });
    const { faults } = await read(part.subarray(0, -KB));
    expect(faults.map(({ code }) => code)).toEqual(['CUT_OFF']);
  });

  test('in a cluster that cannot be unpacked nothing is seen', async () => {
    const entry = (1n << 62n) | BigInt(300 * KB);
    const data = changed(qcow2, [256 * KB, 'u64be', entry], [300 * KB, 'hex', 'ffff']);
    expect(await read(data)).toEqual({ format: 'qcow2', virtualBytes: MB, faults: [] });
  });
});
