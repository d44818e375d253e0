import type { Bytes } from './bytes.ts';
import type { DiskFile } from './disk-file.ts';
import type { Excerpts } from './excerpts.ts';
import { cutBefore } from './faults.ts';

// ECMA-119 and the El Torito specification; both count blocks of 2 KB.
const BLOCK = 2048;
const FIRST_DESCRIPTOR = 16;
const BOOT_RECORD = 17;
const [FOR_BIOS, FOR_UEFI] = [0, 0xef];

/** A hybrid image, which boots from a stick too, has a partition table besides; it stays an ISO. */
export async function readIso(file: Excerpts, head: Bytes): Promise<DiskFile | undefined> {
  const at = FIRST_DESCRIPTOR * BLOCK;
  const isUdf = head.startsWith('BEA01', at + 1);
  if (!head.startsWith('CD001', at + 1) && !isUdf) return undefined;
  const hasSize = head.u8(at) === 1 && !isUdf;
  const end = hasSize ? head.u32(at + 80) * head.u16(at + 128) : 0;
  const faults = end > file.bytes ? [cutBefore('its volume', end, file.bytes)] : [];
  const boot = await bootFacts(file, head.part(BOOT_RECORD * BLOCK, BLOCK));
  return { format: 'iso', virtualBytes: file.bytes, ...boot, faults };
}

async function bootFacts(
  file: Excerpts,
  record: Bytes,
): Promise<Pick<DiskFile, 'isUefi' | 'isBios'>> {
  if (record.u8(0) !== 0 || !record.startsWith('EL TORITO SPECIFICATION', 7)) {
    return { isUefi: false, isBios: false };
  }
  const catalog = await file.at(record.u32(71) * BLOCK, BLOCK);
  if (catalog.u8(0) !== 1 || catalog.u16(30) !== 0xaa55) return {};
  const platforms = platformsIn(catalog);
  return { isUefi: platforms.includes(FOR_UEFI), isBios: platforms.includes(FOR_BIOS) };
}

/** One entry, then sections: a header with the platform and a count of entries. */
function platformsIn(catalog: Bytes): readonly number[] {
  const platforms = [catalog.u8(1)];
  let at = 64;
  while (catalog.has(at, 32) && (catalog.u8(at) === 0x90 || catalog.u8(at) === 0x91)) {
    platforms.push(catalog.u8(at + 1));
    at += 32 * (1 + catalog.u16(at + 2));
  }
  return platforms;
}
