import type { Bytes } from './bytes.ts';
import type { Excerpts } from './excerpts.ts';

/** Where a piece of the disk lies in the file. */
export interface Stored {
  readonly offset: number;
  /** Absent where it is not packed. */
  readonly packedBytes?: number;
}

/** Two levels of tables, as QCOW, QCOW2, QED and VMDK have them: a table of tables of clusters. */
export interface ClusterMap {
  readonly first: { readonly offset: number; readonly entries: number };
  readonly secondEntries: number;
  readonly entryBytes: { readonly first: number; readonly second: number };
  readonly clusterBytes: number;
  readonly virtualBytes: number;
  /** Where the table lies; 0 where there is none. */
  readonly tableAt: (table: Bytes, at: number) => number;
  readonly clusterAt: (table: Bytes, at: number) => Stored | undefined;
}

export interface MapFindings {
  /** What lies farthest back in the file, as far as the tables were read. */
  readonly end: number;
  readonly endOf: string;
  /** The first cluster of the disk, if there is one. */
  readonly start?: Stored;
}

/** Of a table, in one read. */
const MOST_TABLE_BYTES = 32 * 1024;

/** Reads the table of tables, the last table in it, and what the first table says of the disk's start. */
export async function readClusterMap(file: Excerpts, map: ClusterMap): Promise<MapFindings> {
  const size = map.entryBytes.first;
  const firstBytes = Math.min(map.first.entries * size, MOST_TABLE_BYTES);
  const first = await file.at(map.first.offset, firstBytes);
  const tables = Array.from({ length: Math.floor(first.length / size) }, (_, index) =>
    map.tableAt(first, index * size),
  );
  const lastTable = tables.findLastIndex((table) => table !== 0);
  if (lastTable === -1) return { end: 0, endOf: 'its first table' };
  const tableBytes = map.secondEntries * map.entryBytes.second;
  let [end, endOf] = [Math.max(...tables) + tableBytes, 'a table of its clusters'];
  const last = await file.at(tables[lastTable] ?? 0, Math.min(tableBytes, MOST_TABLE_BYTES));
  for (let index = 0; index < last.length / map.entryBytes.second; index += 1) {
    const stored = map.clusterAt(last, index * map.entryBytes.second);
    const clusterEnd = stored && endOfCluster(map, lastTable * map.secondEntries + index, stored);
    if (clusterEnd !== undefined && clusterEnd > end) [end, endOf] = [clusterEnd, 'its data'];
  }
  const start = map.clusterAt(await file.at(tables[0] ?? 0, map.entryBytes.second), 0);
  return { end, endOf, ...(start !== undefined && tables[0] !== 0 && { start }) };
}

/** The last cluster of a disk may be short; of a packed one only the start is certain. */
function endOfCluster(map: ClusterMap, index: number, stored: Stored): number {
  if (stored.packedBytes !== undefined) return stored.offset + 1;
  const rest = map.virtualBytes - index * map.clusterBytes;
  return stored.offset + Math.max(0, Math.min(map.clusterBytes, rest));
}
