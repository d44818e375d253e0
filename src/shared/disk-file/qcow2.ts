import type { Bytes } from './bytes.ts';
import { type ClusterMap, readClusterMap, type Stored } from './cluster-map.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { backingFault, cutBefore, damaged, elsewhere, encrypted, nameIn } from './faults.ts';
import { type Packing, readInnerDisk } from './inner-disk.ts';
import {
  DATA_FILE,
  DIRTY,
  EXTENDED_L2,
  parseQcow2Header,
  problemOf,
  type Qcow2Header,
  ZSTD,
} from './qcow2-header.ts';

// https://www.qemu.org/docs/master/interop/qcow2.html; numbers are big-endian.
const DATA_FILE_NAME = 0x44415441;
const OFFSET = 0x00ff_ffff_ffff_fe00n;
const COMPRESSED = 1n << 62n;

export async function readQcow2(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  if (!head.startsWith('QFI\u00fb') || head.u32be(4) === 1) return undefined;
  const header = parseQcow2Header(head);
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

function* faultsOfHeader(head: Bytes, header: Qcow2Header): Generator<DiskFault> {
  if (header.method !== 0) {
    const options = 'driver=qcow2,file.filename=FILE,encrypt.key-secret=KEY';
    yield encrypted(`it is encrypted (${header.method === 1 ? 'AES' : 'LUKS'})`, options);
  }
  const backing = backingFault(head);
  if (backing) yield backing;
  if ((header.features & DATA_FILE) !== 0n) {
    yield elsewhere(
      `its data lies in another file, ${nameIn(extension(head, header, DATA_FILE_NAME))}`,
    );
  }
}

function extension(head: Bytes, header: Qcow2Header, type: number): string {
  let at = header.headerBytes;
  while (head.has(at, 8) && head.u32be(at) !== 0) {
    const length = head.u32be(at + 4);
    if (head.u32be(at) === type) return head.utf8(at + 8, Math.min(length, 1023));
    at += 8 + Math.ceil(length / 8) * 8;
  }
  return 'which it does not name';
}

function cutByHeader(file: Excerpts, header: Qcow2Header): DiskFault | undefined {
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
async function cutByRefcounts(file: Excerpts, header: Qcow2Header): Promise<readonly DiskFault[]> {
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

function mapOf(header: Qcow2Header): ClusterMap {
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

function packingOf(header: Qcow2Header): Packing {
  return (header.features & ZSTD) === 0n ? 'deflate' : 'zstd';
}
