import { readObject } from '../obs/object-content.ts';
import { GIGABYTE, objectAt } from '../obs/objects.ts';
import type { StoredObject } from '../obs/stored-object.ts';
import type { SimulatorOptions } from '../options.ts';
import type { Body } from './refusal.ts';

interface Failure {
  readonly code: string;
  readonly reason: string;
}

/**
 * Why the import of a file fails once IMS reads it: what a conversion by qemu-img would stumble over.
 * It knows the commonest formats and mistakes only.
 */
export function contentFault(body: Body, options: SimulatorOptions): Failure | undefined {
  const url = String(body['image_url']);
  const colon = url.indexOf(':');
  const object = objectAt(options, url.slice(0, colon), url.slice(colon + 1));
  const start = readObject(object, 0, Math.min(object.size, HEAD_BYTES));
  const reason = formatFault(object, start, body);
  if (reason !== undefined) return { code: 'IMG.0072', reason };
  const disk = diskSize(start);
  const most = Number(body['min_disk']) * GIGABYTE;
  if (disk === undefined || disk <= most) return undefined;
  return {
    code: 'IMG.0055',
    reason: 'The min_disk is smaller than the virtual size of the image.',
  };
}

const HEAD_BYTES = 40_960;
const QCOW = 'QFI\u00fb';
/** Formats that are known by their first bytes. */
const MARKS: Readonly<Record<string, string>> = {
  ...{ qcow2: QCOW, qcow: QCOW, vhdx: 'vhdxfile', qed: 'QED\0' },
  ...{ zvhd: 'stream\0', zvhd2: 'z2strm\0' },
};

function formatFault(object: StoredObject, start: Buffer, body: Body): string | undefined {
  const ending = /\.([a-z0-9]+)$/i.exec(object.key)?.[1]?.toLowerCase() ?? '';
  const mark = MARKS[ending];
  if (start.toString('hex', 0, 2) === '1f8b') return 'The image file is compressed.';
  const begins = (text: string): boolean => start.toString('latin1', 0, text.length) === text;
  if (begins('# Disk DescriptorFile')) return 'The extents of the image file do not exist.';
  const isIso = start.toString('latin1', 32_769, 32_774) === 'CD001';
  if (isIso !== (body['type'] === 'IsoImage')) return 'The image file is not of the declared type.';
  if (mark !== undefined && !begins(mark)) return 'The image file format is not supported.';
  return begins(QCOW) && start.length >= 104 ? qcowFault(object, start) : undefined;
}

function qcowFault(object: StoredObject, start: Buffer): string | undefined {
  if (start.readBigUInt64BE(8) !== 0n) return 'The image file has a backing file.';
  if (start.readUInt32BE(4) === 1) return undefined;
  if (start.readUInt32BE(32) !== 0) return 'The image file is encrypted.';
  const cluster = 2 ** start.readUInt32BE(20);
  const tables = entriesOf(object, Number(start.readBigUInt64BE(40)), start.readUInt32BE(36));
  const isWhole = tables?.every((table) => table === 0 || endsWithin(object, table, cluster));
  return isWhole ? undefined : 'The image file is incomplete.';
}

function endsWithin(object: StoredObject, table: number, cluster: number): boolean {
  const clusters = entriesOf(object, table, Math.min(cluster / 8, MOST_ENTRIES));
  return clusters?.every((one) => one === 0 || one + cluster <= object.size) ?? false;
}

const MOST_ENTRIES = 8192;
const OFFSET = 0x00ff_ffff_ffff_fe00n;

/** Offsets in a table of QCOW2, without those of compressed clusters; `undefined` if the file ends before. */
function entriesOf(object: StoredObject, at: number, count: number): number[] | undefined {
  if (count > MOST_ENTRIES || at + count * 8 > object.size) return undefined;
  const table = readObject(object, at, at + count * 8);
  return Array.from({ length: count }, (_, index) => {
    const entry = table.readBigUInt64BE(index * 8);
    return (entry & (1n << 62n)) === 0n ? Number(entry & OFFSET) : 0;
  });
}

/** Bytes of the disk in a file of a format that says it at its start. */
function diskSize(start: Buffer): number | undefined {
  if (start.length < 512) return undefined;
  switch (start.toString('latin1', 0, 4)) {
    case QCOW:
      return Number(start.readBigUInt64BE(24));
    case 'KDMV':
      return Number(start.readBigUInt64LE(12)) * 512;
    case 'QED\0':
    case 'stre':
    case 'z2st':
      return Number(start.readBigUInt64LE(48));
    default:
      return undefined;
  }
}
