import type {
  DiskFaultCode,
  DiskFile,
  DiskFormat,
} from '../../../src/shared/disk-file/disk-file.ts';
import { DISK_BYTES, type DiskLab, type DiskName } from './lab.ts';

/** A real file: how it is made, and what is in it. */
export interface DiskFileRow {
  readonly name: string;
  readonly made: (lab: DiskLab) => Promise<void>;
  readonly finds: Omit<DiskFile, 'faults'>;
  readonly faults: readonly DiskFaultCode[];
  /** They are no reason to refuse it; absent: not compared. */
  readonly mayWork?: true;
}

type Finds = DiskFileRow['finds'];

/** What the partition tables of the three disks say. */
export const BOOT = {
  uefi: { partitions: 'gpt', isUefi: true, isBios: false },
  bios: { partitions: 'gpt', isUefi: false, isBios: true },
  mbr: { partitions: 'mbr', isUefi: false, isBios: true },
} as const satisfies Record<DiskName, Partial<DiskFile>>;

/** All that can be known of one of the disks. */
export const full = (format: DiskFormat, disk: DiskName): Finds => ({
  format,
  virtualBytes: DISK_BYTES,
  ...BOOT[disk],
});

/** Its size, but not its partitions. */
export const sized = (format: DiskFormat): Finds => ({ format, virtualBytes: DISK_BYTES });

/** A disk converted with these arguments of qemu-img. */
export function converted(finds: Finds, disk: DiskName, args: string): DiskFileRow {
  const [name = '', ...options] = args.split(' ');
  return { name, made: (lab) => lab.convert(disk, name, ...options), finds, faults: [] };
}

export const KB = 1024;

/** The first bytes of the file of an earlier row. */
export function cut(from: string, bytes: number, finds: Finds): DiskFileRow {
  const name = `${from}.${bytes}`;
  return { name, made: (lab) => lab.cut(from, name, bytes), finds, faults: ['CUT_OFF'] };
}

/** Other bytes in the file of an earlier row. */
export function patched(
  from: string,
  to: Pick<DiskFileRow, 'name' | 'finds' | 'faults'>,
  ...edits: readonly { readonly at: number; readonly bytes: Uint8Array | string }[]
): DiskFileRow {
  return { ...to, made: (lab) => lab.patch(from, to.name, edits) };
}
