import type { Bytes } from './bytes.ts';
import type { Excerpts } from './excerpts.ts';

/** Where a piece of the disk lies in the file. */
export interface Stored {
  readonly offset: number;
  /** Absent where it is not packed. */
  readonly packedBytes?: number;
  /** Absent where all of it is stored: the file need not have what follows. */
  readonly usedBytes?: number;
}

/** Two levels of tables, as QCOW, QCOW2, QED and VMDK have them: a table of tables of clusters. */
export interface ClusterMap {
  readonly first: { readonly offset: number; readonly entries: number };
  readonly secondEntries: number;
  readonly entryBytes: { readonly first: number; readonly second: number };
  readonly clusterBytes: number;
  readonly virtualBytes: number;
  /** How many more tables to read where nothing else shows that the end is missing. */
  readonly samples: number;
  /** Where the table lies; 0 where there is none. */
  readonly tableAt: (table: Bytes, at: number) => number;
  readonly clusterAt: (table: Bytes, at: number) => Stored | undefined;
}

interface MapFindings {
  /** What lies farthest back in the file, as far as the tables were read. */
  readonly end: number;
  readonly endOf: string;
  /** The first cluster of the disk, if there is one. */
  readonly start?: Stored;
}

/** Of tables, in one read. */
const MOST_TABLE_BYTES = 32 * 1024;

/** Reads the table of tables, some of the tables, and what the first one says of the disk's start. */
export async function readClusterMap(file: Excerpts, map: ClusterMap): Promise<MapFindings> {
  const size = map.entryBytes.first;
  const firstBytes = Math.min(map.first.entries * size, MOST_TABLE_BYTES);
  const first = await file.at(map.first.offset, firstBytes);
  const tables = Array.from({ length: Math.floor(first.length / size) }, (_, index) =>
    map.tableAt(first, index * size),
  );
  const highest = tables.reduce((one, other) => Math.max(one, other), 0);
  if (highest === 0) return { end: 0, endOf: 'its first table' };
  const [firstTable = 0] = tables;
  const start =
    firstTable === 0
      ? undefined
      : map.clusterAt(await file.at(firstTable, map.entryBytes.second), 0);
  const tablesEnd = highest + map.secondEntries * map.entryBytes.second;
  let dataEnd = 0;
  for (const index of sampleOf(tables, map)) {
    dataEnd = Math.max(dataEnd, await endOfTables(file, map, { tables, from: index }));
  }
  return {
    ...(dataEnd > tablesEnd
      ? { end: dataEnd, endOf: 'its data' }
      : { end: tablesEnd, endOf: 'a table of its clusters' }),
    ...(start !== undefined && { start }),
  };
}

/**
 * Where to read tables: those that end with the one farthest back, which was added last, and some more in the
 * second half of the disk. A file that was written from start to end has its last data there.
 */
function* sampleOf(tables: readonly number[], map: ClusterMap): Generator<number> {
  const tableBytes = map.secondEntries * map.entryBytes.second;
  let last = tables.lastIndexOf(Math.max(...tables));
  for (let bytes = tableBytes; bytes + tableBytes <= MOST_TABLE_BYTES; bytes += tableBytes) {
    if (tables[last - 1] !== (tables[last] ?? 0) - tableBytes) break;
    last -= 1;
  }
  yield last;
  const used = tables.flatMap((table, index) => (table === 0 ? [] : [index]));
  for (let sample = 1; sample <= map.samples; sample += 1) {
    yield used[Math.floor(used.length * (1 - 0.5 ** sample))] ?? last;
  }
}

/** Where the data ends that these tables list, as far as they lie side by side and fit into one read. */
async function endOfTables(
  file: Excerpts,
  map: ClusterMap,
  { tables, from }: { readonly tables: readonly number[]; readonly from: number },
): Promise<number> {
  const size = map.entryBytes.second;
  const [start = 0] = tables.slice(from);
  const bytes = await file.at(start, MOST_TABLE_BYTES);
  let end = 0;
  for (let at = 0; at + size <= bytes.length; at += size) {
    const table = from + Math.floor(at / (map.secondEntries * size));
    if (tables[table] !== start + (table - from) * map.secondEntries * size) break;
    const stored = map.clusterAt(bytes, at);
    const cluster = from * map.secondEntries + at / size;
    if (stored !== undefined) end = Math.max(end, endOfCluster(map, cluster, stored));
  }
  return end;
}

/** The last cluster of a disk may be short, and the size of a packed one is known only by its sectors. */
function endOfCluster(map: ClusterMap, index: number, stored: Stored): number {
  if (stored.packedBytes !== undefined)
    return stored.offset + Math.max(1, stored.packedBytes - 511);
  const rest = map.virtualBytes - index * map.clusterBytes;
  return stored.offset + Math.max(0, Math.min(stored.usedBytes ?? map.clusterBytes, rest));
}
