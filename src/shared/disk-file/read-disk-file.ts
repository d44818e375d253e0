import type { Bytes } from './bytes.ts';
import type { DiskFile, RangedFile } from './disk-file.ts';
import { Excerpts } from './excerpts.ts';
import { notAnImage, readForeign } from './foreign.ts';
import { readIso } from './iso.ts';
import { readOva } from './ova.ts';
import { readQcow } from './qcow.ts';
import { readQcow2 } from './qcow2.ts';
import { readQed } from './qed.ts';
import { readLuks, readRaw } from './raw.ts';
import { readVdi } from './vdi.ts';
import { readVhd } from './vhd.ts';
import { readVhdx } from './vhdx.ts';
import { readVmdk } from './vmdk.ts';
import { readZvhd } from './zvhd.ts';

/** Up to the descriptors of an ISO 9660 volume, which are the farthest from a file's start. */
const HEAD_BYTES = 40 * 1024;

type ReadFormat = (
  file: Excerpts,
  head: Bytes,
) => DiskFile | undefined | Promise<DiskFile | undefined>;

/** The last two know no first bytes: a fixed VHD has only its end, and anything may be a raw disk. */
const FORMATS: readonly ReadFormat[] = [
  readQcow2,
  readQcow,
  readVmdk,
  readVhdx,
  readVdi,
  readQed,
  readZvhd,
  readLuks,
  readIso,
  readOva,
  (_file, head) => readForeign(head),
  readVhd,
];

/**
 * Finds out what an image file is, by at most eight reads of 256 KB together, whatever its header says.
 * @throws only what `file.read` throws
 */
export async function readDiskFile(file: RangedFile): Promise<DiskFile> {
  if (file.bytes === 0) return notAnImage('it is empty');
  const excerpts = new Excerpts(file);
  const head = await excerpts.at(0, HEAD_BYTES);
  for (const readFormat of FORMATS) {
    const found = await readFormat(excerpts, head);
    if (found !== undefined) return found;
  }
  return readRaw(excerpts, head);
}
