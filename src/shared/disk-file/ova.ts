import type { Bytes } from './bytes.ts';
import type { DiskFault, DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore, cutOff, damaged, nameIn } from './faults.ts';

// POSIX, pax interchange format; DMTF, Open Virtualization Format Specification.
const BLOCK = 512;
const MOST_OVF_BYTES = 64 * 1024;

interface Member {
  readonly name: string;
  readonly dataAt: number;
  readonly bytes: number;
  /** It has the name of the next file, too long for its header, or more about that. */
  readonly isAboutNext: boolean;
}

interface Archive {
  readonly members: readonly Member[];
  readonly faults: readonly DiskFault[];
}

/** A tar archive: its first file is an OVF, its others are the disks. */
export async function readOva(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  if (!head.startsWith('ustar', 257)) return undefined;
  const { members, faults } = await readArchive(file);
  const ovf = members.find(({ name }) => name.toLowerCase().endsWith('.ovf'));
  if (ovf === undefined) {
    return { format: 'ova', faults: [...faults, withoutOvf(members)] };
  }
  const text = await file.at(ovf.dataAt, Math.min(ovf.bytes, MOST_OVF_BYTES));
  const capacity = capacityIn(text.utf8(0, text.length));
  return { format: 'ova', ...(capacity !== undefined && { virtualBytes: capacity }), faults };
}

function withoutOvf(members: readonly Member[]): DiskFault {
  const [first] = members;
  return {
    code: 'NOT_AN_IMAGE',
    // The name may be one that is not read.
    ...(members.some(({ isAboutNext }) => isAboutNext) && { mayWork: true }),
    message: `it is a tar archive without an OVF file${first ? `; its first file is ${nameIn(first.name)}` : ''}`,
    advice: 'unpack it (tar -xf FILE), and upload the disk that is in it',
  };
}

/** Goes from header to header, as far as the limits of reading allow. */
async function readArchive(file: Excerpts): Promise<Archive> {
  const members: Member[] = [];
  let at = 0;
  while (at < file.bytes) {
    const header = await file.at(at, BLOCK);
    if (header.length === 0) return { members, faults: [] };
    if (header.lastUsed() === -1) {
      return { members, faults: header.length === BLOCK ? [] : [withoutEnd(file)] };
    }
    const bytes = sizeIn(header);
    if (!header.startsWith('ustar', 257) || bytes === undefined) {
      return { members, faults: [damaged('its archive has an invalid entry')] };
    }
    const isAboutNext = /[xL]/.test(header.text(156, 1));
    const member = { name: header.utf8(0, 100), dataAt: at + BLOCK, bytes, isAboutNext };
    const end = member.dataAt + bytes;
    if (end > file.bytes) {
      const name = `its file ${nameIn(member.name)}`;
      return { members: [...members, member], faults: [cutBefore(name, end, file.bytes)] };
    }
    members.push(member);
    at = member.dataAt + Math.ceil(bytes / BLOCK) * BLOCK;
  }
  return { members, faults: [withoutEnd(file)] };
}

function withoutEnd(file: Excerpts): DiskFault {
  const bytes = file.bytes.toLocaleString('en');
  return { ...cutOff(`the end of its archive is missing after ${bytes} bytes`), mayWork: true };
}

/** Octal digits; from 8 GB on GNU tar writes a binary number, marked by the first bit. */
function sizeIn(header: Bytes): number | undefined {
  const isBinary = (header.u8(124) & 0x80) !== 0;
  const size = isBinary
    ? Number(header.u64be(128))
    : Number.parseInt(header.text(124, 12).trim() || '0', 8);
  return Number.isSafeInteger(size) && size >= 0 ? size : undefined;
}

const UNITS: Readonly<Record<string, number>> = {
  kilobytes: 10,
  megabytes: 20,
  gigabytes: 30,
};

/** Of its disk; absent where it has none or several. */
function capacityIn(ovf: string): number | undefined {
  const disks = ovf.match(/<(?:\w+:)?Disk\s[^>]*>/g) ?? [];
  const [disk] = disks;
  if (disk === undefined || disks.length > 1) return undefined;
  const capacity = Number(
    /\scapacity\s*=\s*"(\d+)"|:capacity\s*=\s*"(\d+)"/.exec(disk)?.slice(1).join(''),
  );
  const unit = /capacityAllocationUnits\s*=\s*"([^"]*)"/.exec(disk)?.[1]?.toLowerCase() ?? 'byte';
  const power =
    UNITS[unit] ??
    Number(/^bytes?(?:\s*\*\s*2\^(\d\d?))?$/.exec(unit.trim())?.slice(1).join('') ?? Number.NaN);
  const bytes = capacity * 2 ** power;
  return Number.isSafeInteger(bytes) && bytes > 0 ? bytes : undefined;
}
