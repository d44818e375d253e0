import type { Bytes } from './bytes.ts';

// https://www.qemu.org/docs/master/interop/qcow2.html; numbers are big-endian.
export const [DIRTY, CORRUPT, DATA_FILE, ZSTD, EXTENDED_L2] = [1n, 2n, 4n, 8n, 16n] as const;
const KNOWN_FEATURES = DIRTY | CORRUPT | DATA_FILE | ZSTD | EXTENDED_L2;

/** qemu reads no larger table of tables. */
const MOST_TABLE_BYTES = 32 * 1024 * 1024;

export interface Qcow2Header {
  readonly clusterBits: number;
  readonly virtualBytes: number;
  readonly method: number;
  readonly l1: { readonly offset: number; readonly entries: number };
  readonly refcounts: { readonly offset: number; readonly bytes: number; readonly bits: number };
  readonly snapshots: { readonly offset: number; readonly count: number };
  readonly features: bigint;
  readonly headerBytes: number;
}

export function parseQcow2Header(head: Bytes): Qcow2Header {
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
export function problemOf(head: Bytes, header: Qcow2Header): string | undefined {
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
