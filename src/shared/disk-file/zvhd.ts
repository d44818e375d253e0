import type { Bytes } from './bytes.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutOff, damaged } from './faults.ts';

// Huawei's own formats, by its module for qemu: https://github.com/huaweicloud/ims-qemu-img
// The footer of a VHD with another name and little-endian numbers is the first block and, once all is
// written, the last. The disk's size is rounded up to whole gigabytes.
const BLOCK = 4096;
const NAMES = { zvhd: 'stream', zvhd2: 'z2strm' } as const;

/** What is known of the format is only how this module writes it. */
const withoutFooter: DiskFault = { ...cutOff('its footer is missing at the end'), mayWork: true };

export async function readZvhd(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  const format = head.startsWith(NAMES.zvhd) ? 'zvhd' : 'zvhd2';
  // Text may begin with the same word; the version is always the same.
  if (!head.startsWith(`${NAMES[format]}\0`) || head.u32(12) !== 0x10000) return undefined;
  const virtualBytes = Number(head.u64(48));
  if (!Number.isSafeInteger(virtualBytes) || virtualBytes === 0) {
    return { format, faults: [damaged('its header says an impossible disk size')] };
  }
  const last = await file.at(file.bytes - BLOCK, BLOCK);
  const isComplete = file.bytes >= 2 * BLOCK && last.startsWith(NAMES[format]);
  return {
    format,
    virtualBytes,
    faults: isComplete ? [] : [withoutFooter],
  };
}
