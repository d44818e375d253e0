import type { Bytes } from './bytes.ts';
import { readClusterMap } from './cluster-map.ts';
import type { DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore, damaged, dependsOn, nameIn } from './faults.ts';
import { readInnerDisk } from './inner-disk.ts';

// https://www.qemu.org/docs/master/interop/qed_spec.html
const BACKING_FILE = 1n;
const KNOWN_FEATURES = 7n;
const isPowerOfTwo = (number: number) => Number.isInteger(Math.log2(number));

export async function readQed(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  if (!head.startsWith('QED\0')) return undefined;
  const clusterBytes = head.u32(4);
  const tableBytes = head.u32(8) * clusterBytes;
  const features = head.u64(16);
  const first = Number(head.u64(40));
  const virtualBytes = Number(head.u64(48));
  const isPossible =
    isPowerOfTwo(clusterBytes) &&
    clusterBytes >= 4096 &&
    clusterBytes <= 2 ** 26 &&
    isPowerOfTwo(head.u32(8)) &&
    head.u32(8) <= 16 &&
    Number.isSafeInteger(virtualBytes) &&
    (features & ~KNOWN_FEATURES) === 0n;
  if (!isPossible) return { format: 'qed', faults: [damaged('its header has impossible values')] };
  if ((features & BACKING_FILE) !== 0n) {
    const name = nameIn(head.utf8(head.u32(56), Math.min(head.u32(60), 1023)));
    const fault = dependsOn('BACKING_FILE', `it has the backing file ${name}`);
    return { format: 'qed', virtualBytes, faults: [fault] };
  }
  if (first + tableBytes > file.bytes) {
    const fault = cutBefore('its L1 table', first + tableBytes, file.bytes);
    return { format: 'qed', virtualBytes, faults: [fault] };
  }
  const found = await readClusterMap(file, {
    first: { offset: first, entries: tableBytes / 8 },
    secondEntries: tableBytes / 8,
    entryBytes: { first: 8, second: 8 },
    clusterBytes,
    virtualBytes,
    samples: 2,
    tableAt: (table, at) => Number(table.u64(at)),
    // 1 says that the cluster is zero.
    clusterAt: (table, at) => (table.u64(at) > 1n ? { offset: Number(table.u64(at)) } : undefined),
  });
  const faults = found.end > file.bytes ? [cutBefore(found.endOf, found.end, file.bytes)] : [];
  const start = found.start && { offset: found.start.offset, bytes: clusterBytes };
  const inner = await readInnerDisk(file, start, virtualBytes);
  return { format: 'qed', virtualBytes, ...inner.facts, faults: [...faults, ...inner.faults] };
}
