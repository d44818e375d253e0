import type { Bytes } from './bytes.ts';
import type { DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore, cutOff, damaged, dependsOn, nameIn } from './faults.ts';
import { readInnerDisk } from './inner-disk.ts';

// Microsoft, Virtual Hard Disk Image Format Specification; numbers are big-endian.
const SECTOR = 512;
const FIXED = 2;
const DIFFERENCING = 4;
const UNUSED = 0xffff_ffff;
const MOST_TABLE_BYTES = 32 * 1024;

/** The footer is the last sector; all but fixed disks have a copy of it as their first. */
export async function readVhd(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  const footer = await file.at(file.bytes - SECTOR, SECTOR);
  const hasFooter = footer.startsWith('conectix');
  const hasCopy = head.startsWith('conectix');
  if (!hasFooter && !hasCopy) return undefined;
  const known = hasFooter ? footer : head;
  const virtualBytes = Number(known.u64be(48));
  const type = known.u32be(60);
  if (!Number.isSafeInteger(virtualBytes) || type < FIXED || type > DIFFERENCING) {
    return { format: 'vhd', faults: [damaged('its footer has impossible values')] };
  }
  if (hasFooter && type === FIXED) return readFixed(file, virtualBytes);
  if (!hasFooter) {
    return { format: 'vhd', virtualBytes, faults: [cutOff('its footer is missing at the end')] };
  }
  return readDynamic(file, known);
}

async function readFixed(file: Excerpts, virtualBytes: number): Promise<DiskFile> {
  const end = virtualBytes + SECTOR;
  const faults = end > file.bytes ? [cutBefore('its disk', end, file.bytes)] : [];
  const inner = await readInnerDisk(file, { offset: 0, bytes: virtualBytes }, virtualBytes);
  return { format: 'vhd', virtualBytes, ...inner.facts, faults: [...faults, ...inner.faults] };
}

async function readDynamic(file: Excerpts, footer: Bytes): Promise<DiskFile> {
  const virtualBytes = Number(footer.u64be(48));
  const header = await file.at(Number(footer.u64be(16)), 1024);
  const table = { offset: Number(header.u64be(16)), entries: header.u32be(28) };
  const blockBytes = header.u32be(32);
  const isPossible =
    header.startsWith('cxsparse') &&
    blockBytes >= SECTOR &&
    blockBytes <= 2 ** 28 &&
    table.entries * blockBytes >= virtualBytes;
  if (!isPossible) {
    const fault = damaged('its header is missing or has impossible values');
    return { format: 'vhd', virtualBytes, faults: [fault] };
  }
  if (footer.u32be(60) === DIFFERENCING) {
    const parent = nameIn(header.utf16(64, 512, 'big')) || 'which it does not name';
    const fault = dependsOn('PARENT', `it holds only the changes of its parent, ${parent}`);
    return { format: 'vhd', virtualBytes, faults: [fault] };
  }
  const bitmapBytes = Math.ceil(blockBytes / SECTOR / 8 / SECTOR) * SECTOR;
  const blocks = await readBlocks(file, table);
  const used = blocks.filter((sector) => sector !== UNUSED);
  const end = Math.max(
    table.offset + table.entries * 4,
    used.reduce((last, sector) => Math.max(last, sector), -Infinity) * SECTOR +
      bitmapBytes +
      blockBytes,
  );
  const faults = end > file.bytes ? [cutBefore('its data', end, file.bytes)] : [];
  const [first = UNUSED] = blocks;
  const start =
    first === UNUSED ? undefined : { offset: first * SECTOR + bitmapBytes, bytes: blockBytes };
  const inner = await readInnerDisk(file, start, virtualBytes);
  return { format: 'vhd', virtualBytes, ...inner.facts, faults: [...faults, ...inner.faults] };
}

async function readBlocks(
  file: Excerpts,
  table: { readonly offset: number; readonly entries: number },
): Promise<readonly number[]> {
  const bytes = await file.at(table.offset, Math.min(table.entries * 4, MOST_TABLE_BYTES));
  return Array.from({ length: Math.floor(bytes.length / 4) }, (_, index) => bytes.u32be(index * 4));
}
