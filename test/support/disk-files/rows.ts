import { mkdir } from 'node:fs/promises';
import { type DiskLab, noise } from './lab.ts';
import { otherRows } from './other-rows.ts';
import { qcow2Rows } from './qcow2-rows.ts';
import { qemuRows } from './qemu-rows.ts';
import { rawRows } from './raw-rows.ts';
import type { DiskFileRow } from './row.ts';
import { vmdkRows } from './vmdk-rows.ts';

/** Each real file, in an order in which it finds those that it is made of. */
export const diskFileRows: readonly DiskFileRow[] = [
  ...qcow2Rows,
  ...qemuRows,
  ...vmdkRows,
  ...rawRows,
  ...otherRows,
];

/** What these need: `test('…', needing(...DISK_FILE_TOOLS), …)`. */
export const DISK_FILE_TOOLS = [
  ...(['qemu-img', 'sfdisk', 'xorriso', 'sh', 'tar'] as const),
  ...(['gzip', 'xz', 'bzip2', 'zstd', 'zip'] as const),
];

export async function makeDiskFiles(lab: DiskLab): Promise<void> {
  await mkdir(lab.path('content'));
  await lab.write('content/boot.img', noise(64 * 1024, 7));
  await lab.write('content/efi.img', noise(128 * 1024, 8));
  for (const { made } of diskFileRows) await made(lab);
}
