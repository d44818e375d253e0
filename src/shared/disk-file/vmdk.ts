import type { Bytes } from './bytes.ts';
import { readClusterMap, type Stored } from './cluster-map.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore, cutOff, damaged, dependsOn, elsewhere } from './faults.ts';
import { MOST_PACKED_BYTES, readInnerDisk } from './inner-disk.ts';
import { extentsElsewhere, parseVmdkDescriptor } from './vmdk-descriptor.ts';

// VMware, Virtual Disk Format 5.0; numbers are little-endian and count sectors.
const SECTOR = 512;
const DIRECTORY_AT_END = 0xffff_ffff_ffff_ffffn;
const COMPRESSED = 1 << 16;
const LINE_ENDS = '0a200d0a';

export async function readVmdk(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  if (head.startsWith('KDMV')) return readSparse(file, head);
  if (head.startsWith('COWD')) return readEsx(head.u32(12) * SECTOR);
  if (head.u64(0) === 0xcafebaben) return readEsx(Number(head.u64(16)) * SECTOR);
  const text = head.text(0, head.length);
  return /^\s*# Disk DescriptorFile/i.test(text) ? readText(text) : undefined;
}

/** ESX writes these two only for snapshots. */
function readEsx(virtualBytes: number): DiskFile {
  const fault = dependsOn(
    'PARENT',
    'it is a snapshot of ESX, which holds only changes of its disk',
  );
  return {
    format: 'vmdk',
    ...(Number.isSafeInteger(virtualBytes) && { virtualBytes }),
    faults: [fault],
  };
}

function readText(text: string): DiskFile {
  const descriptor = parseVmdkDescriptor(text);
  const sectors = descriptor.extents.reduce((sum, extent) => sum + extent.sectors, 0);
  const isKnown = sectors > 0 && Number.isSafeInteger(sectors * SECTOR);
  return {
    format: 'vmdk',
    ...(isKnown && { virtualBytes: sectors * SECTOR }),
    faults: [...descriptor.faults, extentsElsewhere(descriptor)],
  };
}

interface Header {
  readonly virtualBytes: number;
  readonly grainBytes: number;
  readonly entriesPerTable: number;
  readonly directoryAt: bigint;
  readonly isPacked: boolean;
}

async function readSparse(file: Excerpts, head: Bytes): Promise<DiskFile> {
  const first = headerIn(head);
  const problem = problemOf(head, first);
  const { virtualBytes } = first;
  if (problem !== undefined) return { format: 'vmdk', faults: [damaged(problem)] };
  const faults = faultsOfDescriptor(head);
  const header = first.directoryAt === DIRECTORY_AT_END ? await readFooter(file) : first;
  if (header === undefined)
    faults.push(cutOff('its footer is missing, which says where its data lies'));
  if (header === undefined || faults.length > 0) return { format: 'vmdk', virtualBytes, faults };
  const tableSpan = header.grainBytes * header.entriesPerTable;
  const directory = {
    offset: Number(header.directoryAt) * SECTOR,
    entries: Math.ceil(virtualBytes / tableSpan),
  };
  const directoryEnd = directory.offset + directory.entries * 4;
  if (directoryEnd > file.bytes) {
    const fault = cutBefore('its grain directory', directoryEnd, file.bytes);
    return { format: 'vmdk', virtualBytes, faults: [fault] };
  }
  const found = await readClusterMap(file, {
    first: directory,
    secondEntries: header.entriesPerTable,
    entryBytes: { first: 4, second: 4 },
    clusterBytes: header.grainBytes,
    virtualBytes,
    // A footer shows that the file is complete.
    samples: header === first ? 2 : 0,
    tableAt: (table, at) => table.u32(at) * SECTOR,
    clusterAt: (table, at) => grainAt(table.u32(at), header),
  });
  if (found.end > file.bytes) faults.push(cutBefore(found.endOf, found.end, file.bytes));
  const start = found.start && (await startOf(file, found.start, header));
  const inner = await readInnerDisk(file, start, virtualBytes);
  return { format: 'vmdk', virtualBytes, ...inner.facts, faults: [...faults, ...inner.faults] };
}

function headerIn(bytes: Bytes): Header {
  return {
    virtualBytes: Number(bytes.u64(12)) * SECTOR,
    grainBytes: Number(bytes.u64(20)) * SECTOR,
    entriesPerTable: bytes.u32(44),
    directoryAt: bytes.u64(56),
    isPacked: (bytes.u32(8) & COMPRESSED) !== 0,
  };
}

function problemOf(head: Bytes, header: Header): string | undefined {
  const version = head.u32(4);
  if (version < 1 || version > 3) return `its VMDK version is ${version}; there are 1 to 3`;
  if ((head.u32(8) & 1) !== 0 && head.hex(73, 4) !== LINE_ENDS) {
    return 'it was transferred as text, which changed its bytes';
  }
  const isPossible =
    Number.isSafeInteger(header.virtualBytes) &&
    header.grainBytes >= SECTOR &&
    header.grainBytes <= 2 ** 26 &&
    header.entriesPerTable >= 1 &&
    header.entriesPerTable <= 4096;
  return isPossible ? undefined : 'its header has impossible values';
}

/** Each piece of a disk in pieces has this header too, but no descriptor. */
function faultsOfDescriptor(head: Bytes): DiskFault[] {
  const [offset, sectors] = [Number(head.u64(28)), Number(head.u64(36))];
  const text = offset === 0 ? '' : head.text(offset * SECTOR, sectors * SECTOR);
  if (text.trim() === '') {
    const message = 'it is one of the files of a disk, and its descriptor lies in another';
    return [elsewhere(message, 'DESCRIPTOR.vmdk')];
  }
  const descriptor = parseVmdkDescriptor(text);
  const isSplit = descriptor.extents.length > 1;
  return [...descriptor.faults, ...(isSplit ? [extentsElsewhere(descriptor)] : [])];
}

/** Stream-optimised files end with a marker, the header with what was not known before, and a marker. */
async function readFooter(file: Excerpts): Promise<Header | undefined> {
  const tail = await file.at(file.bytes - 2 * SECTOR, SECTOR);
  const header = headerIn(tail);
  const isFooter = tail.startsWith('KDMV') && header.directoryAt !== DIRECTORY_AT_END;
  return isFooter && header.entriesPerTable > 0 && header.grainBytes > 0 ? header : undefined;
}

/** 1 says that the grain is zero. A packed grain begins with 8 bytes of its sector and 4 of its size. */
function grainAt(sector: number, header: Header): Stored | undefined {
  if (sector <= 1) return undefined;
  return { offset: sector * SECTOR, ...(header.isPacked && { packedBytes: 12 }) };
}

async function startOf(file: Excerpts, stored: Stored, header: Header) {
  if (!header.isPacked) return { offset: stored.offset, bytes: header.grainBytes };
  const marker = await file.at(stored.offset, 12 + MOST_PACKED_BYTES);
  return { offset: stored.offset + 12, bytes: marker.u32(8), packing: 'zlib' as const };
}
