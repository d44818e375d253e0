import { constants, inflateRawSync, inflateSync, zstdDecompressSync } from 'node:zlib';
import { Bytes } from './bytes.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { damaged } from './faults.ts';
import { findPartitions, TABLE_BYTES } from './partitions.ts';

/** How a piece of a disk is packed in the file. */
export type Packing = 'deflate' | 'zlib' | 'zstd';

/** Of a packed piece, in the file and unpacked. */
const MOST_PACKED_BYTES = 64 * 1024;
const MOST_UNPACKED_BYTES = 2 * 1024 * 1024;

interface Start {
  readonly offset: number;
  /** Of the disk, as long as they lie side by side in the file. */
  readonly bytes: number;
  /** Absent where it is not packed. */
  readonly packing?: Packing | undefined;
}

type InnerFacts = Pick<DiskFile, 'partitions' | 'isUefi' | 'isBios'>;

/** Looks at the partition table of the disk that an image file holds, by the file's piece with its start. */
export async function readInnerDisk(
  file: Excerpts,
  start: Start | undefined,
  virtualBytes: number,
): Promise<{ readonly facts: InnerFacts; readonly faults: readonly DiskFault[] }> {
  if (start === undefined) return { facts: {}, faults: [] };
  const wanted = start.packing === undefined ? TABLE_BYTES : MOST_PACKED_BYTES;
  const stored = await file.at(start.offset, Math.min(start.bytes, wanted));
  const disk = start.packing === undefined ? stored : unpack(stored, start.packing);
  const found = findPartitions(disk);
  if (found === undefined) return { facts: {}, faults: [] };
  const problem =
    found.endBytes > virtualBytes
      ? 'its partitions need a disk larger than the one it holds'
      : found.problem;
  return { facts: found.facts, faults: problem === undefined ? [] : [damaged(problem)] };
}

/** Whatever cannot be unpacked says nothing: a cut-off piece is no reason to call the image damaged. */
function unpack(packed: Bytes, packing: Packing): Bytes {
  const limits = { maxOutputLength: MOST_UNPACKED_BYTES };
  try {
    switch (packing) {
      case 'deflate':
        return new Bytes(
          inflateRawSync(packed.copy(), { ...limits, finishFlush: constants.Z_SYNC_FLUSH }),
        );
      case 'zlib':
        return new Bytes(
          inflateSync(packed.copy(), { ...limits, finishFlush: constants.Z_SYNC_FLUSH }),
        );
      case 'zstd':
        return new Bytes(
          zstdDecompressSync(packed.copy(), { ...limits, finishFlush: constants.ZSTD_e_flush }),
        );
    }
  } catch {
    return new Bytes(new Uint8Array());
  }
}
