import type { Bytes } from './bytes.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore, damaged, encrypted, inBytes } from './faults.ts';
import { notAnImage } from './foreign.ts';
import { findPartitions, type Partitions } from './partitions.ts';

const SECTOR = 512;
/** Btrfs and ReiserFS leave the first 64 KB to others. */
const LATE_SUPERBLOCK = 64 * 1024;

export function readLuks(file: Excerpts, head: Bytes): DiskFile | undefined {
  if (!head.startsWith('LUKS\u00ba\u00be')) return undefined;
  const options = 'driver=luks,file.filename=FILE,key-secret=KEY';
  return {
    format: 'raw',
    virtualBytes: file.bytes,
    faults: [encrypted('it is encrypted (LUKS)', options)],
  };
}

/** Whatever nothing else recognised: the bytes of a disk. */
export async function readRaw(file: Excerpts, head: Bytes): Promise<DiskFile> {
  const virtualBytes = file.bytes;
  const table = findPartitions(head);
  if (table !== undefined) {
    const faults = await faultsOf(file, table);
    return { format: 'raw', virtualBytes, ...table.facts, faults };
  }
  if (file.bytes < SECTOR) return notAnImage(`it has only ${inBytes(file.bytes)}`);
  if (head.lastUsed() === -1 && (await file.at(LATE_SUPERBLOCK, 8 * 1024)).lastUsed() === -1) {
    return { format: 'raw', virtualBytes, faults: [beginsWithZeros] };
  }
  return { format: 'raw', virtualBytes, faults: [] };
}

/** Also a data disk that nothing was written to. */
const beginsWithZeros: DiskFault = {
  code: 'NOT_AN_IMAGE',
  message: 'it begins with zeros: no boot sector, no partition table, no file system',
  advice: 'compare its checksum with the source',
  mayWork: true,
};

async function faultsOf(file: Excerpts, table: Partitions): Promise<readonly DiskFault[]> {
  if (table.problem !== undefined) return [damaged(table.problem)];
  if (table.endBytes > file.bytes) {
    return [cutBefore('its partition table', table.endBytes, file.bytes)];
  }
  if (table.copyAt === undefined) return [];
  const copy = await file.at(table.copyAt, SECTOR);
  const isUnread = copy.length === 0 && table.copyAt < file.bytes;
  if (copy.startsWith('EFI PART') || isUnread) return [];
  const fault = damaged('the copy of its partition table is missing at the end of the disk');
  return [{ ...fault, advice: 'compare its checksum with the source', mayWork: true }];
}
