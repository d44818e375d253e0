import type { Transform } from 'node:stream';
import { constants, createInflate, createInflateRaw, createZstdDecompress } from 'node:zlib';
import { Bytes } from './bytes.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { damaged } from './faults.ts';
import { findPartitions, TABLE_BYTES } from './partitions.ts';

/** How a piece of a disk is packed in the file. */
export type Packing = 'deflate' | 'zlib' | 'zstd';

/** Of a packed piece, in the file. */
export const MOST_PACKED_BYTES = 32 * 1024;

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
  const disk = start.packing === undefined ? stored : await unpack(stored, start.packing);
  const found = findPartitions(disk);
  if (found === undefined) return { facts: {}, faults: [] };
  const problem =
    found.endBytes > virtualBytes
      ? 'its partitions need a disk larger than the one it holds'
      : found.problem;
  return { facts: found.facts, faults: problem === undefined ? [] : [damaged(problem)] };
}

/** QCOW2: no cluster is larger than 2 MB, and no packed one needs more memory. */
const params = { [constants.ZSTD_d_windowLogMax]: 21 };

const DECODERS = {
  deflate: () => createInflateRaw({ finishFlush: constants.Z_SYNC_FLUSH }),
  zlib: () => createInflate({ finishFlush: constants.Z_SYNC_FLUSH }),
  zstd: () => createZstdDecompress({ params }),
} as const satisfies Record<Packing, () => Transform>;

/** As much as is needed. What cannot be unpacked says nothing, and what follows the packed bytes neither. */
export function unpack(packed: Bytes, packing: Packing): Promise<Bytes> {
  const decoder = DECODERS[packing]();
  const parts: Uint8Array[] = [];
  let length = 0;
  return new Promise((resolve) => {
    decoder.on('data', (part: Uint8Array) => {
      parts.push(part);
      length += part.length;
      if (length >= TABLE_BYTES) decoder.destroy();
    });
    decoder.on('error', () => undefined);
    decoder.once('close', () => resolve(new Bytes(Buffer.concat(parts))));
    decoder.end(packed.copy());
  });
}
