import type { Bytes } from './bytes.ts';
import type { DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore, damaged, dependsOn } from './faults.ts';
import { readInnerDisk } from './inner-disk.ts';

// VirtualBox's VDICore.h and block/vdi.c of qemu; numbers are little-endian.
const SIGNATURE = 0xbeda107f;
const [NORMAL, DIFFERENCING] = [1, 4];
/** From here on, an entry of the table says that the block is not stored. */
const NOT_STORED = 0xffff_fffe;

/** VirtualBox keeps the key of an encrypted disk in the machine's settings: nothing in the file shows it. */
export async function readVdi(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  if (head.u32(0x40) !== SIGNATURE) return undefined;
  const type = head.u32(0x4c);
  const [tableAt, dataAt] = [head.u32(0x154), head.u32(0x158)];
  const virtualBytes = Number(head.u64(0x170));
  const [blockBytes, extraBytes] = [head.u32(0x178), head.u32(0x17c)];
  const [blocks, storedBlocks] = [head.u32(0x180), head.u32(0x184)];
  const isPossible =
    head.u32(0x44) >>> 16 === 1 &&
    type >= NORMAL &&
    type <= DIFFERENCING &&
    blockBytes >= 512 &&
    Number.isSafeInteger(virtualBytes) &&
    storedBlocks <= blocks &&
    blocks * blockBytes >= virtualBytes;
  if (!isPossible) return { format: 'vdi', faults: [damaged('its header has impossible values')] };
  if (type === DIFFERENCING) {
    const parent = uuidAt(head, 0x1b8);
    const fault = dependsOn(
      'PARENT',
      `it holds only the changes of its parent, the disk ${parent}`,
    );
    return { format: 'vdi', virtualBytes, faults: [fault] };
  }
  // The last block of a disk may be short.
  const storedBytes = storedBlocks * (blockBytes + extraBytes);
  const spare = storedBlocks === blocks ? blocks * blockBytes - virtualBytes : 0;
  const end = Math.max(tableAt + blocks * 4, dataAt + storedBytes - spare);
  const faults = end > file.bytes ? [cutBefore('its data', end, file.bytes)] : [];
  const first = (await file.at(tableAt, 4)).u32(0);
  const start =
    first >= NOT_STORED
      ? undefined
      : { offset: dataAt + first * (blockBytes + extraBytes) + extraBytes, bytes: blockBytes };
  const inner = await readInnerDisk(file, start, virtualBytes);
  return { format: 'vdi', virtualBytes, ...inner.facts, faults: [...faults, ...inner.faults] };
}

/** As VBoxManage shows it: three numbers, then bytes. */
function uuidAt(head: Bytes, at: number): string {
  const numbers = [head.u32(at), head.u16(at + 4), head.u16(at + 6)];
  const [first = '', second = '', third = ''] = numbers.map((number, index) =>
    number.toString(16).padStart(index === 0 ? 8 : 4, '0'),
  );
  return [first, second, third, head.hex(at + 8, 2), head.hex(at + 10, 6)].join('-');
}
