import { open, stat } from 'node:fs/promises';
import type { RangedFile } from '../../../src/shared/disk-file/disk-file.ts';

/** A file whose reads are recorded. */
export interface RecordedFile extends RangedFile {
  readonly reads: readonly { readonly offset: number; readonly length: number }[];
}

export function recordedFile(file: RangedFile): RecordedFile {
  const reads: { offset: number; length: number }[] = [];
  return {
    bytes: file.bytes,
    reads,
    read: (offset, length) => {
      reads.push({ offset, length });
      return file.read(offset, length);
    },
  };
}

/** Bytes in memory; `bytes` says that the file is longer than what there is of it, and zero from there. */
export function fileInMemory(data: Uint8Array, bytes = data.length): RangedFile {
  return {
    bytes,
    read: async (offset, length) => {
      const part = new Uint8Array(Math.max(0, Math.min(length, bytes - offset)));
      part.set(data.subarray(offset, offset + part.length));
      return part;
    },
  };
}

export async function fileOnDisk(path: string): Promise<RangedFile> {
  const { size } = await stat(path);
  return {
    bytes: size,
    read: async (offset, length) => {
      await using file = await open(path);
      const { buffer, bytesRead } = await file.read(new Uint8Array(length), 0, length, offset);
      return buffer.subarray(0, bytesRead);
    },
  };
}
