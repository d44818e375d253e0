import { type Field, laidOut } from './laid-out.ts';

// The smallest file of each format that is judged to have no faults, with a disk of 1 MB.
export const MB = 1024 * 1024;
const KB = 1024;

/** A partition table of one entry that fills a disk of 1 MB. */
export const mbrFields = (at = 0): readonly Field[] => [
  [at + 446, 'u8', 0x80],
  [at + 450, 'u8', 0x83],
  [at + 454, 'u32', 63],
  [at + 458, 'u32', 2048 - 63],
  [at + 510, 'u16', 0xaa55],
];

const EFI_SYSTEM = '28732ac11ff8d211ba4b00a0c93ec93b';

export const gptFields = (sector: number, disk: number): readonly Field[] => [
  [450, 'u8', 0xee],
  [458, 'u32', disk / sector - 1],
  [510, 'u16', 0xaa55],
  [sector, 'text', 'EFI PART'],
  [sector + 32, 'u64', disk / sector - 1],
  [sector + 48, 'u64', disk / sector - 6],
  [sector + 72, 'u64', 2],
  [sector + 80, 'u32', 128],
  [sector + 84, 'u32', 128],
  [2 * sector, 'hex', EFI_SYSTEM],
  [2 * sector + 40, 'u64', disk / sector - 6],
  [disk - sector, 'text', 'EFI PART'],
];

const QCOW = 'QFI\u00fb';

export const handMade = {
  qcow2: laidOut(
    320 * KB,
    [0, 'text', QCOW],
    [4, 'u32be', 3],
    [20, 'u32be', 16],
    [24, 'u64be', MB],
    [36, 'u32be', 1],
    [40, 'u64be', 192 * KB],
    [48, 'u64be', 64 * KB],
    [56, 'u32be', 1],
    [96, 'u32be', 4],
    [100, 'u32be', 104],
    [64 * KB, 'u64be', 128 * KB],
    [192 * KB, 'u64be', 256 * KB],
  ),
  qcow: laidOut(
    12 * KB,
    [0, 'text', QCOW],
    [4, 'u32be', 1],
    [24, 'u64be', MB],
    [32, 'u8', 12],
    [33, 'u8', 9],
    [40, 'u64be', 4 * KB],
    [4 * KB, 'u64be', 8 * KB],
  ),
  qed: laidOut(
    12 * KB,
    [0, 'text', 'QED\0'],
    [4, 'u32', 4 * KB],
    [8, 'u32', 1],
    [12, 'u32', 1],
    [40, 'u64', 4 * KB],
    [48, 'u64', MB],
    [4 * KB, 'u64', 8 * KB],
  ),
  vmdk: laidOut(
    128 * KB,
    [0, 'text', 'KDMV'],
    [4, 'u32', 1],
    [8, 'u32', 1],
    [12, 'u64', MB / 512],
    [20, 'u64', 128],
    [28, 'u64', 1],
    [36, 'u64', 20],
    [44, 'u32', 512],
    [56, 'u64', 26],
    [73, 'hex', '0a200d0a'],
    [512, 'text', '# Disk DescriptorFile\nparentCID=ffffffff\nRW 2048 SPARSE "disk.vmdk"\n'],
    [26 * 512, 'u32', 30],
    [30 * 512, 'u32', 128],
    ...mbrFields(64 * KB),
  ),
  vhd: dynamicVhd(),
  vhdx: dynamicVhdx(),
  vdi: laidOut(
    1536 + MB,
    [0x40, 'u32', 0xbeda107f],
    [0x44, 'u32', 0x10001],
    [0x4c, 'u32', 1],
    [0x154, 'u32', 512],
    [0x158, 'u32', 1536],
    [0x170, 'u64', MB],
    [0x178, 'u32', MB],
    [0x180, 'u32', 1],
    [0x184, 'u32', 1],
    ...mbrFields(1536),
  ),
  zvhd: laidOut(12 * KB, ...zvhdFields(0, 'stream'), ...zvhdFields(8 * KB, 'stream')),
  zvhd2: laidOut(12 * KB, ...zvhdFields(0, 'z2strm'), ...zvhdFields(8 * KB, 'z2strm')),
  iso: laidOut(
    40 * KB,
    [16 * 2048, 'u8', 1],
    [16 * 2048 + 1, 'text', 'CD001'],
    [16 * 2048 + 80, 'u32', 20],
    [16 * 2048 + 128, 'u16', 2048],
    [17 * 2048, 'text', '\0CD001\u0001EL TORITO SPECIFICATION'],
    [17 * 2048 + 71, 'u32', 19],
    [19 * 2048, 'u8', 1],
    [19 * 2048 + 30, 'u16', 0xaa55],
  ),
  mbr: laidOut(MB, ...mbrFields()),
  gpt: laidOut(MB, ...gptFields(512, MB)),
} as const;

function footerFields(at: number, type: number): readonly Field[] {
  return [
    [at, 'text', 'conectix'],
    [at + 16, 'u64be', 512],
    [at + 48, 'u64be', MB],
    [at + 60, 'u32be', type],
  ];
}

export function fixedVhd(): Buffer {
  return laidOut(MB + 512, ...mbrFields(), ...footerFields(MB, 2));
}

function dynamicVhd(): Buffer {
  const end = 2048 + 512 + 2 * MB;
  return laidOut(
    end + 512,
    ...footerFields(0, 3),
    [512, 'text', 'cxsparse'],
    [512 + 16, 'u64be', 1536],
    [512 + 28, 'u32be', 1],
    [512 + 32, 'u32be', 2 * MB],
    [1536, 'u32be', 4],
    ...mbrFields(2048 + 512),
    ...footerFields(end, 3),
  );
}

function zvhdFields(at: number, name: string): readonly Field[] {
  return [
    [at, 'text', name],
    [at + 12, 'u32', 0x10000],
    [at + 48, 'u64', MB],
  ];
}

function dynamicVhdx(): Buffer {
  const metadata = 2 * MB + 64 * KB;
  const item = (index: number, id: string, offset: number): readonly Field[] => [
    [2 * MB + 32 + index * 32, 'hex', id],
    [2 * MB + 32 + index * 32 + 16, 'u32', 64 * KB + offset],
    [2 * MB + 32 + index * 32 + 20, 'u32', 1024],
  ];
  return laidOut(
    5 * MB,
    [0, 'text', 'vhdxfile'],
    [64 * KB, 'text', 'head'],
    [64 * KB + 8, 'u64', 1],
    [128 * KB, 'text', 'head'],
    [128 * KB + 8, 'u64', 2],
    [128 * KB + 68, 'u32', MB],
    [128 * KB + 72, 'u64', MB],
    [192 * KB, 'text', 'regi'],
    [192 * KB + 8, 'u32', 2],
    [192 * KB + 16, 'hex', '6677c22d23f600429d64115e9bfd4a08'],
    [192 * KB + 32, 'u64', 3 * MB],
    [192 * KB + 40, 'u32', MB],
    [192 * KB + 48, 'hex', '06a27c8b90479a4bb8fe575f050f886e'],
    [192 * KB + 64, 'u64', 2 * MB],
    [192 * KB + 72, 'u32', MB],
    [2 * MB, 'text', 'metadata'],
    [2 * MB + 10, 'u16', 4],
    ...item(0, '3767a1ca36fa434db3b633f0aa44e76b', 0),
    ...item(1, '2442a52f1bcd7648b2115dbed83bf4b8', 8),
    ...item(2, '1dbf41816fa90947ba47f233a8faab5f', 16),
    ...item(3, '2db2d3a80bb34d45abf7d3d84834ab0c', 24),
    [metadata, 'u32', MB],
    [metadata + 8, 'u64', MB],
    [metadata + 16, 'u32', 512],
    [3 * MB, 'u64', 4 * MB + 6],
    ...mbrFields(4 * MB),
  );
}
