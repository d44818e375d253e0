import type { Bytes } from './bytes.ts';
import type { DiskFile } from './disk-file.ts';

/** The first bytes of a disk that show its partitions, with sectors of 512 bytes and of 4 KB. */
export const TABLE_BYTES = 8192 + 16 * 1024;

type BootFacts = Pick<DiskFile, 'partitions' | 'isUefi' | 'isBios'>;

export interface Partitions {
  readonly facts: BootFacts;
  /** Bytes of the smallest disk that holds what the table lists; systems start without the copy of a GPT. */
  readonly endBytes: number;
  /** Where the copy of a GPT's header should be. */
  readonly copyAt?: number;
  /** Why the table cannot be used. */
  readonly problem?: string;
}

const EFI_SYSTEM = '28732ac11ff8d211ba4b00a0c93ec93b';
const BIOS_BOOT = '4861682149646f6e744e656564454649';
const PROTECTIVE = 0xee;
const EFI_IN_MBR = 0xef;

/** Absent where the bytes show no partition table: a bare file system, or a disk that is still empty. */
export function findPartitions(disk: Bytes): Partitions | undefined {
  const mbr = readMbr(disk);
  for (const sector of [512, 4096]) {
    if (disk.startsWith('EFI PART', sector)) return readGpt(disk, sector, mbr);
  }
  if (mbr === undefined) return undefined;
  if (mbr.types.includes(PROTECTIVE)) {
    const problem = disk.has(4096, 8)
      ? 'its first sector announces a GPT, but there is none'
      : undefined;
    return { facts: { partitions: 'gpt' }, endBytes: 0, ...(problem && { problem }) };
  }
  const facts = {
    partitions: 'mbr',
    isUefi: mbr.types.includes(EFI_IN_MBR),
    isBios: mbr.hasActive,
  } as const;
  return { facts, endBytes: mbr.endSector * 512 };
}

interface Mbr {
  readonly types: readonly number[];
  readonly hasActive: boolean;
  readonly endSector: number;
}

/** FAT, exFAT and NTFS begin with a boot sector that looks alike, but has no table. */
function isFileSystem(disk: Bytes): boolean {
  const names = [
    [3, 'NTFS'],
    [3, 'EXFAT'],
    [54, 'FAT1'],
    [82, 'FAT32'],
  ] as const;
  return names.some(([at, name]) => disk.startsWith(name, at));
}

function readMbr(disk: Bytes): Mbr | undefined {
  if (disk.u16(510) !== 0xaa55 || isFileSystem(disk)) return undefined;
  const entries = [446, 462, 478, 494].map((at) => ({
    flag: disk.u8(at),
    type: disk.u8(at + 4),
    start: disk.u32(at + 8),
    sectors: disk.u32(at + 12),
  }));
  if (entries.some(({ flag }) => flag !== 0 && flag !== 0x80)) return undefined;
  const used = entries.filter(({ type, sectors }) => type !== 0 && sectors !== 0);
  if (used.length === 0) return undefined;
  return {
    types: used.map(({ type }) => type),
    hasActive: used.some(({ flag, type }) => flag === 0x80 && type !== PROTECTIVE),
    endSector: Math.max(...used.map(({ start, sectors }) => start + sectors)),
  };
}

/** The UEFI specification asks for 128 entries of 128 bytes; no more than that is looked at. */
function readGpt(disk: Bytes, sector: number, mbr: Mbr | undefined): Partitions {
  const first = Number(disk.u64(sector + 72)) * sector;
  const size = disk.u32(sector + 84);
  const count = Math.min(disk.u32(sector + 80), 128);
  const copyAt = Number(disk.u64(sector + 32)) * sector;
  const lastUsable = Number(disk.u64(sector + 48));
  if (size < 128 || size > 4096 || count === 0 || !Number.isSafeInteger(copyAt + sector)) {
    return { facts: { partitions: 'gpt' }, endBytes: 0, problem: 'its GPT has impossible values' };
  }
  const entries = Array.from({ length: count }, (_, index) => disk.part(first + index * size, 128));
  const used = entries.filter((entry) => entry.lastUsed() !== -1);
  const types = used.map((entry) => entry.hex(0, 16));
  const areAllHere = disk.has(first, count * size);
  const isUefi = types.includes(EFI_SYSTEM);
  const isBios =
    types.includes(BIOS_BOOT) ||
    mbr?.hasActive === true ||
    used.some((entry) => (entry.u64(48) & 4n) !== 0n);
  const ends = used.map((entry) => Number(entry.u64(40)) + 1);
  return {
    facts: {
      partitions: 'gpt',
      ...((areAllHere || isUefi) && { isUefi }),
      ...((areAllHere || isBios) && { isBios }),
    },
    endBytes: Math.max((lastUsable + 1) * sector, ...ends.map((end) => end * sector)),
    copyAt,
  };
}
