import type { Bytes } from './bytes.ts';
import { type ClusterMap, readClusterMap, type Stored } from './cluster-map.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore, damaged, dependsOn, elsewhere, encrypted, nameIn } from './faults.ts';
import { type Packing, readInnerDisk } from './inner-disk.ts';

// https://www.qemu.org/docs/master/interop/qcow2.html; numbers are big-endian.
/** qemu reads no larger table of tables. */
const MOST_TABLE_BYTES = 32 * 1024 * 1024;
const DIRTY = 1n;
const CORRUPT = 2n;
const DATA_FILE = 4n;
const ZSTD = 8n;
const EXTENDED_L2 = 16n;
const KNOWN_FEATURES = DIRTY | CORRUPT | DATA_FILE | ZSTD | EXTENDED_L2;
const DATA_FILE_NAME = 0x44415441;
const OFFSET = 0x00ff_ffff_ffff_fe00n;
const COMPRESSED = 1n << 62n;

interface Header {
  readonly clusterBits: number;
  readonly virtualBytes: number;
  readonly method: number;
  readonly l1: { readonly offset: number; readonly entries: number };
  readonly refcounts: { readonly offset: number; readonly bytes: number; readonly bits: number };
  readonly snapshots: { readonly offset: number; readonly count: number };
  readonly features: bigint;
  readonly headerBytes: number;
}

export async function readQcow2(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  if (!head.startsWith('QFI\u00fb') || head.u32be(4) === 1) return undefined;
  const header = readHeader(head);
  const problem = problemOf(head, header);
  if (problem !== undefined) return { format: 'qcow2', faults: [damaged(problem)] };
  const { virtualBytes } = header;
  const faults = [...faultsOfHeader(head, header)];
  const cut = cutByHeader(file, header);
  if (cut !== undefined) return { format: 'qcow2', virtualBytes, faults: [...faults, cut] };
  if (faults.length > 0) return { format: 'qcow2', virtualBytes, faults };
  const found = await readClusterMap(file, mapOf(header));
  if (found.end > file.bytes) faults.push(cutBefore(found.endOf, found.end, file.bytes));
  else faults.push(...(await cutByRefcounts(file, header)));
  const packedBytes = found.start?.packedBytes;
  const start = found.start && {
    offset: found.start.offset,
    bytes: packedBytes ?? 2 ** header.clusterBits,
    packing: packedBytes === undefined ? undefined : packingOf(header),
  };
  const inner = await readInnerDisk(file, start, virtualBytes);
  return { format: 'qcow2', virtualBytes, ...inner.facts, faults: [...faults, ...inner.faults] };
}

function readHeader(head: Bytes): Header {
  const isOld = head.u32be(4) === 2;
  const clusterBits = head.u32be(20);
  return {
    clusterBits,
    virtualBytes: Number(head.u64be(24)),
    method: head.u32be(32),
    l1: { offset: Number(head.u64be(40)), entries: head.u32be(36) },
    refcounts: {
      offset: Number(head.u64be(48)),
      bytes: head.u32be(56) * 2 ** clusterBits,
      bits: isOld ? 16 : 2 ** head.u32be(96),
    },
    snapshots: { offset: Number(head.u64be(64)), count: head.u32be(60) },
    features: isOld ? 0n : head.u64be(72),
    headerBytes: isOld ? 72 : head.u32be(100),
  };
}

/** What qemu refuses too. */
function problemOf(head: Bytes, header: Header): string | undefined {
  const version = head.u32be(4);
  const { clusterBits, features, l1, refcounts } = header;
  if (version !== 2 && version !== 3) return `its QCOW version is ${version}; there are 1, 2 and 3`;
  if (clusterBits < 9 || clusterBits > 21)
    return `its header says clusters of 2^${clusterBits} bytes`;
  if (!Number.isSafeInteger(header.virtualBytes)) return 'its header says an impossible disk size';
  if ((features & ~KNOWN_FEATURES) !== 0n) return 'its header asks for features that do not exist';
  if ((features & CORRUPT) !== 0n) return 'it is marked as corrupt';
  if (header.method > 2) return `its header says the unknown encryption ${header.method}`;
  const isCounted =
    refcounts.bits <= 64 && refcounts.bytes > 0 && refcounts.bytes <= MOST_TABLE_BYTES;
  if (!isCounted) return 'its reference counts have impossible values';
  if (l1.entries * 8 > MOST_TABLE_BYTES) return 'its header says an impossible number of tables';
  const entryBytes = (features & EXTENDED_L2) === 0n ? 8 : 16;
  const bytesPerTable = (2 ** clusterBits / entryBytes) * 2 ** clusterBits;
  if (l1.entries < Math.ceil(header.virtualBytes / bytesPerTable)) {
    return 'its L1 table is too small for its disk';
  }
  const isAligned = [l1.offset, refcounts.offset].every(
    (offset) => offset % 2 ** clusterBits === 0,
  );
  return isAligned ? undefined : 'its tables do not begin with a cluster';
}

function* faultsOfHeader(head: Bytes, header: Header): Generator<DiskFault> {
  if (header.method !== 0) {
    const options = 'driver=qcow2,file.filename=FILE,encrypt.key-secret=KEY';
    yield encrypted(`it is encrypted (${header.method === 1 ? 'AES' : 'LUKS'})`, options);
  }
  const backing = head.u64be(8);
  if (backing !== 0n) {
    const name = nameIn(head.utf8(Number(backing), Math.min(head.u32be(16), 1023)));
    yield dependsOn('BACKING_FILE', `it has the backing file ${name}`);
  }
  if ((header.features & DATA_FILE) !== 0n) {
    yield elsewhere(
      `its data lies in another file, ${nameIn(extension(head, header, DATA_FILE_NAME))}`,
    );
  }
}

function extension(head: Bytes, header: Header, type: number): string {
  let at = header.headerBytes;
  while (head.has(at, 8) && head.u32be(at) !== 0) {
    const length = head.u32be(at + 4);
    if (head.u32be(at) === type) return head.utf8(at + 8, Math.min(length, 1023));
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return 'which it does not name';
}

function cutByHeader(file: Excerpts, header: Header): DiskFault | undefined {
  const { l1, refcounts, snapshots } = header;
  const parts = [
    ['its header', header.headerBytes],
    ['its L1 table', l1.offset + l1.entries * 8],
    ['its table of reference counts', refcounts.offset + refcounts.bytes],
    ['its list of snapshots', snapshots.count && snapshots.offset + snapshots.count * 40],
  ] as const;
  const cut = parts.find(([, end]) => end > file.bytes);
  return cut && cutBefore(cut[0], cut[1], file.bytes);
}

/** The reference counts list each cluster of the file, whatever uses it. A dirty image has them from before. */
async function cutByRefcounts(file: Excerpts, header: Header): Promise<readonly DiskFault[]> {
  const { clusterBits, features, refcounts } = header;
  if ((features & DIRTY) !== 0n) return [];
  const perBlock = (2 ** clusterBits * 8) / refcounts.bits;
  const firstMissing = Math.ceil(file.bytes / 2 ** clusterBits);
  const block = Math.floor(firstMissing / perBlock);
  const window = Math.max(0, block - 256);
  const table = await file.at(
    refcounts.offset + window * 8,
    Math.min(4096, refcounts.bytes - window * 8),
  );
  const blocks = Array.from({ length: Math.floor(table.length / 8) }, (_, index) =>
    Number(table.u64be(index * 8) & OFFSET),
  );
  const blocksEnd = Math.max(0, ...blocks) + 2 ** clusterBits;
  if (blocksEnd > file.bytes) return [cutBefore('its reference counts', blocksEnd, file.bytes)];
  const offset = blocks[block - window] ?? 0;
  if (offset === 0) return [];
  const skipped = Math.ceil(((firstMissing % perBlock) * refcounts.bits) / 8);
  const counts = await file.at(offset + skipped, Math.min(2 ** clusterBits - skipped, 64 * 1024));
  const last = counts.lastUsed();
  if (last === -1) return [];
  const lastCluster = block * perBlock + Math.floor(((skipped + last) * 8) / refcounts.bits);
  const fault = cutBefore('its data', (lastCluster + 1) * 2 ** clusterBits, file.bytes);
  // After a crash qemu may have counted clusters that it never wrote.
  const advice = `${fault.advice}; if these are the same: qemu-img check -r leaks FILE`;
  return [{ ...fault, advice, mayWork: true }];
}

function mapOf(header: Header): ClusterMap {
  const clusterBytes = 2 ** header.clusterBits;
  const second = (header.features & EXTENDED_L2) === 0n ? 8 : 16;
  return {
    first: header.l1,
    secondEntries: clusterBytes / second,
    entryBytes: { first: 8, second },
    clusterBytes,
    virtualBytes: header.virtualBytes,
    samples: 0,
    tableAt: (table, at) => Number(table.u64be(at) & OFFSET),
    clusterAt: (table, at) => {
      const stored = clusterOf(table.u64be(at), header.clusterBits);
      if (stored === undefined || stored.packedBytes !== undefined || second === 8) return stored;
      // An extended entry says in 32 more bits which parts of the cluster are stored.
      const usedParts = 32 - Math.clz32(table.u32be(at + 12));
      return { ...stored, usedBytes: (usedParts * clusterBytes) / 32 };
    },
  };
}

function clusterOf(entry: bigint, clusterBits: number): Stored | undefined {
  if ((entry & COMPRESSED) !== 0n) {
    const offsetBits = BigInt(62 - (clusterBits - 8));
    const offset = Number(entry & ((1n << offsetBits) - 1n));
    const sectors = Number((entry & (COMPRESSED - 1n)) >> offsetBits) + 1;
    return { offset, packedBytes: sectors * 512 - (offset % 512) };
  }
  const offset = Number(entry & OFFSET);
  return offset === 0 || (entry & 1n) !== 0n ? undefined : { offset };
}

function packingOf(header: Header): Packing {
  return (header.features & ZSTD) === 0n ? 'deflate' : 'zstd';
}
