/** Formats of image files, by what the file itself says; its name plays no part. */
export type DiskFormat =
  | 'qcow2'
  | 'qcow'
  | 'vmdk'
  | 'vhd'
  | 'vhdx'
  | 'vdi'
  | 'qed'
  | 'zvhd'
  | 'zvhd2'
  | 'iso'
  | 'ova'
  | 'gzip'
  /** Nothing else: the bytes of a disk, or, with the fault COMPRESSED or NOT_AN_IMAGE, no disk at all. */
  | 'raw';

/** Something in the file that makes its import fail, or its image useless. */
export interface DiskFault {
  readonly code: DiskFaultCode;
  /** What is there: `it has the backing file base.qcow2`. A clause, without the file's name. */
  readonly message: string;
  /** What to do: `flatten it: qemu-img convert -O qcow2 …`. */
  readonly advice: string;
  /** The file may be in order nonetheless: a reason to warn, not to refuse. */
  readonly mayWork?: true;
}

export type DiskFaultCode =
  | 'ENCRYPTED'
  | 'BACKING_FILE'
  | 'PARENT'
  | 'EXTENTS_ELSEWHERE'
  | 'CUT_OFF'
  | 'COMPRESSED'
  | 'NOT_AN_IMAGE'
  | 'NOT_CLOSED'
  | 'DAMAGED';

/** What the first and last kilobytes of an image file say. */
export interface DiskFile {
  readonly format: DiskFormat;
  /** Bytes of the disk that the file holds; absent where its header does not say. */
  readonly virtualBytes?: number;
  /** How the disk is partitioned, as far as its first kilobytes could be read: `gpt` boots with UEFI, mostly. */
  readonly partitions?: 'gpt' | 'mbr';
  /** It has an EFI system partition, or an El Torito image for UEFI; absent where that was not to be seen. */
  readonly isUefi?: boolean;
  /** It boots with BIOS too: by an active partition, a BIOS boot partition or an El Torito image; absent like `isUefi`. */
  readonly isBios?: boolean;
  readonly faults: readonly DiskFault[];
}

/**
 * Reads `length` bytes from `offset`; fewer at the end of the file.
 * @throws DiskReadError when they cannot be read
 */
export type ReadRange = (offset: number, length: number) => Promise<Uint8Array>;

/** A file of which parts can be read. */
export interface RangedFile {
  /** Its whole size in bytes. */
  readonly bytes: number;
  readonly read: ReadRange;
}
