import { Bytes } from './bytes.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore, damaged, dependsOn, nameIn } from './faults.ts';
import { readInnerDisk } from './inner-disk.ts';

// Microsoft, MS-VHDX; numbers are little-endian.
const KB = 1024;
const BAT = '6677c22d23f600429d64115e9bfd4a08';
const METADATA = '06a27c8b90479a4bb8fe575f050f886e';
const FILE_PARAMETERS = '3767a1ca36fa434db3b633f0aa44e76b';
const VIRTUAL_SIZE = '2442a52f1bcd7648b2115dbed83bf4b8';
const SECTOR_SIZE = '1dbf41816fa90947ba47f233a8faab5f';
const PARENT_LOCATOR = '2db2d3a80bb34d45abf7d3d84834ab0c';
const HAS_PARENT = 2;
const MOST_TABLE_BYTES = 48 * KB;
const PART_BYTES = 8 * KB;

interface Range {
  readonly offset: number;
  readonly bytes: number;
}

interface Metadata {
  readonly virtualBytes: number;
  readonly blockBytes: number;
  readonly sectorBytes: number;
  readonly hasParent: boolean;
  readonly parent: string;
}

export async function readVhdx(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  if (!head.startsWith('vhdxfile')) return undefined;
  // Both headers and the first region table, in one read.
  const start = await file.at(64 * KB, 130 * KB);
  const header = currentHeader(start);
  const regions = readRegions(start.part(128 * KB, 2 * KB));
  const [bat, metadataAt] = [regions.get(BAT), regions.get(METADATA)];
  if (file.bytes < 1024 * KB) return failed(cutBefore('its header', 1024 * KB, file.bytes));
  if (header === undefined) return failed(damaged('it has no valid header'));
  if (bat === undefined || metadataAt === undefined) {
    return failed(damaged('its region table is missing or incomplete'));
  }
  if (metadataAt.offset + metadataAt.bytes > file.bytes) {
    return failed(cutBefore('its metadata', metadataAt.offset + metadataAt.bytes, file.bytes));
  }
  const metadata = await readMetadata(file, metadataAt);
  if (metadata === undefined) return failed(damaged('its metadata has impossible values'));
  const { virtualBytes } = metadata;
  const log = { offset: Number(header.u64(72)), bytes: header.u32(68) };
  const faults = [...faultsOfHeader(header, metadata)];
  const needed = Math.max(bat.offset + bat.bytes, log.offset + log.bytes);
  if (needed > file.bytes) faults.push(cutBefore('its table of blocks', needed, file.bytes));
  if (faults.length > 0) return { format: 'vhdx', virtualBytes, faults };
  const blocks = await readBlocks(file, bat, metadata);
  if (blocks.end > file.bytes) faults.push(cutBefore('its data', blocks.end, file.bytes));
  const first =
    blocks.first === undefined ? undefined : { offset: blocks.first, bytes: metadata.blockBytes };
  const inner = await readInnerDisk(file, first, virtualBytes);
  return { format: 'vhdx', virtualBytes, ...inner.facts, faults: [...faults, ...inner.faults] };
}

function failed(fault: DiskFault): DiskFile {
  return { format: 'vhdx', faults: [fault] };
}

/** Of the two headers, the one that was written last. */
function currentHeader(start: Bytes): Bytes | undefined {
  const headers = [start.part(0, 4 * KB), start.part(64 * KB, 4 * KB)];
  const [first, second] = headers.filter((header) => header.startsWith('head'));
  if (first === undefined || second === undefined) return first;
  return second.u64(8) > first.u64(8) ? second : first;
}

function readRegions(table: Bytes): ReadonlyMap<string, Range> {
  const count = table.startsWith('regi') ? Math.min(table.u32(8), 60) : 0;
  const regions = Array.from({ length: count }, (_, index) => {
    const entry = table.part(16 + index * 32, 32);
    return [entry.hex(0, 16), { offset: Number(entry.u64(16)), bytes: entry.u32(24) }] as const;
  });
  return new Map(regions);
}

async function readMetadata(file: Excerpts, region: Range): Promise<Metadata | undefined> {
  const table = await file.at(region.offset, 2 * KB);
  const count = table.startsWith('metadata') ? Math.min(table.u16(10), 60) : 0;
  const places = new Map<string, Range>();
  for (let index = 0; index < count; index += 1) {
    const entry = table.part(32 + index * 32, 32);
    places.set(entry.hex(0, 16), { offset: entry.u32(16), bytes: entry.u32(20) });
  }
  const starts = [...places.values()].map(({ offset }) => offset).filter((offset) => offset > 0);
  const first = Math.min(...starts, region.bytes);
  const items = await file.at(region.offset + first, 8 * KB);
  const itemOf = (id: string) => {
    const place = places.get(id);
    return place === undefined ? NOTHING : items.part(place.offset - first, place.bytes);
  };
  const parameters = itemOf(FILE_PARAMETERS);
  const metadata = {
    virtualBytes: Number(itemOf(VIRTUAL_SIZE).u64(0)),
    blockBytes: parameters.u32(0),
    sectorBytes: itemOf(SECTOR_SIZE).u32(0),
    hasParent: (parameters.u32(4) & HAS_PARENT) !== 0,
    parent: parentIn(itemOf(PARENT_LOCATOR)),
  };
  const isPossible =
    metadata.blockBytes >= 1024 * KB &&
    metadata.blockBytes <= 256 * 1024 * KB &&
    (metadata.sectorBytes === 512 || metadata.sectorBytes === 4096) &&
    metadata.virtualBytes > 0 &&
    metadata.virtualBytes <= 64 * 2 ** 40;
  return isPossible ? metadata : undefined;
}

const NOTHING = new Bytes(new Uint8Array());

/** Pairs of names and values in UTF-16: where the parent lies. */
function parentIn(locator: Bytes): string {
  const count = Math.min(locator.u16(18), 20);
  const pairs = Array.from({ length: count }, (_, index) => {
    const entry = locator.part(20 + index * 12, 12);
    const name = locator.utf16(entry.u32(0), entry.u16(8), 'little');
    return [name, locator.utf16(entry.u32(4), entry.u16(10), 'little')] as const;
  });
  const values = new Map(pairs);
  const path = ['relative_path', 'absolute_win32_path', 'volume_path'].map((name) =>
    values.get(name),
  );
  return path.find((one) => one !== undefined && one !== '') ?? 'which it does not name';
}

function* faultsOfHeader(header: Bytes, metadata: Metadata): Generator<DiskFault> {
  if (metadata.hasParent) {
    const parent = nameIn(metadata.parent);
    yield dependsOn('PARENT', `it holds only the changes of its parent, ${parent}`);
  }
  if (header.part(48, 16).lastUsed() !== -1) {
    yield {
      code: 'NOT_CLOSED',
      message: 'it was not closed: its log holds changes that are not in its data yet',
      advice: 'shut the machine down, or apply the log: qemu-img check -r all FILE',
    };
  }
}

/** The whole table, or its start and two parts of its second half: a disk is mostly written from start to end. */
function* partsOf(tableBytes: number): Generator<Range> {
  if (tableBytes <= MOST_TABLE_BYTES) {
    yield { offset: 0, bytes: tableBytes };
    return;
  }
  yield { offset: 0, bytes: MOST_TABLE_BYTES - 2 * PART_BYTES };
  for (const part of [1 / 2, 3 / 4]) {
    yield { offset: Math.floor((tableBytes * part) / 8) * 8, bytes: PART_BYTES };
  }
}

/** After each chunk of blocks, the table has an entry for a bitmap of 1 MB. Bits 20 and up are the offset. */
async function readBlocks(file: Excerpts, bat: Range, metadata: Metadata) {
  const perChunk = Math.floor((2 ** 23 * metadata.sectorBytes) / metadata.blockBytes);
  const blocks = Math.ceil(metadata.virtualBytes / metadata.blockBytes);
  const entries = blocks + Math.floor((blocks - 1) / perChunk);
  let [end, first]: [number, number | undefined] = [0, undefined];
  for (const part of partsOf(Math.min(bat.bytes, entries * 8))) {
    const bytes = await file.at(bat.offset + part.offset, part.bytes);
    for (let at = 0; at + 8 <= bytes.length; at += 8) {
      const entry = bytes.u64(at);
      const isStored = (entry & 7n) >= 6n;
      if (!isStored) continue;
      const index = (part.offset + at) / 8;
      const isBitmap = index % (perChunk + 1) === perChunk;
      const offset = Number(entry & ~0xfffffn);
      if (index === 0) first = offset;
      const before = (index - Math.floor(index / (perChunk + 1))) * metadata.blockBytes;
      const rest = Math.max(0, metadata.virtualBytes - before);
      end = Math.max(end, offset + (isBitmap ? 1024 * KB : Math.min(metadata.blockBytes, rest)));
    }
  }
  return { end, first };
}
