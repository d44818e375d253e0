import type { Bytes } from './bytes.ts';
import { readClusterMap, type Stored } from './cluster-map.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { backingFault, cutBefore, damaged, encrypted } from './faults.ts';
import { readInnerDisk } from './inner-disk.ts';

// The first version of QCOW, by block/qcow.c of qemu; numbers are big-endian.
const COMPRESSED = 1n << 63n;

export async function readQcow(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  if (!head.startsWith('QFI\u00fb') || head.u32be(4) !== 1) return undefined;
  const [clusterBits, tableBits] = [head.u8(32), head.u8(33)];
  const virtualBytes = Number(head.u64be(24));
  const first = Number(head.u64be(40));
  if (clusterBits < 9 || clusterBits > 16 || tableBits < 6 || tableBits > 13) {
    return { format: 'qcow', faults: [damaged('its header says impossible sizes of clusters')] };
  }
  if (!Number.isSafeInteger(virtualBytes) || virtualBytes < 2 || !Number.isSafeInteger(first)) {
    return { format: 'qcow', faults: [damaged('its header says an impossible disk size')] };
  }
  const faults = [...faultsOfHeader(head)];
  const entries = Math.ceil(virtualBytes / 2 ** (clusterBits + tableBits));
  if (first + entries * 8 > file.bytes) {
    faults.push(cutBefore('its L1 table', first + entries * 8, file.bytes));
  }
  if (faults.length > 0) return { format: 'qcow', virtualBytes, faults };
  const found = await readClusterMap(file, {
    first: { offset: first, entries },
    secondEntries: 2 ** tableBits,
    entryBytes: { first: 8, second: 8 },
    clusterBytes: 2 ** clusterBits,
    virtualBytes,
    samples: 2,
    tableAt: (table, at) => Number(table.u64be(at)),
    clusterAt: (table, at) => clusterOf(table.u64be(at), clusterBits),
  });
  if (found.end > file.bytes) faults.push(cutBefore(found.endOf, found.end, file.bytes));
  const packedBytes = found.start?.packedBytes;
  const start = found.start && {
    offset: found.start.offset,
    bytes: packedBytes ?? 2 ** clusterBits,
    packing: packedBytes === undefined ? undefined : ('deflate' as const),
  };
  const inner = await readInnerDisk(file, start, virtualBytes);
  return { format: 'qcow', virtualBytes, ...inner.facts, faults: [...faults, ...inner.faults] };
}

function* faultsOfHeader(head: Bytes): Generator<DiskFault> {
  if (head.u32be(36) !== 0) {
    const options = 'driver=qcow,file.filename=FILE,encrypt.key-secret=KEY';
    yield encrypted('it is encrypted (AES)', options);
  }
  const backing = backingFault(head);
  if (backing) yield backing;
}

function clusterOf(entry: bigint, clusterBits: number): Stored | undefined {
  if ((entry & COMPRESSED) === 0n) return entry === 0n ? undefined : { offset: Number(entry) };
  const offsetBits = BigInt(63 - clusterBits);
  const packedBytes = Number((entry >> offsetBits) & BigInt(2 ** clusterBits - 1));
  return { offset: Number(entry & ((1n << offsetBits) - 1n)), packedBytes };
}
