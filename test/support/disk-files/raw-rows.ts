import { DISK_BYTES, type DiskLab } from './lab.ts';
import { cut, type DiskFileRow, full, KB, patched } from './row.ts';

const none = async () => undefined;
const MB = KB * KB;

export const rawRows: readonly DiskFileRow[] = [
  { name: 'uefi.raw', made: none, finds: full('raw', 'uefi'), faults: [] },
  { name: 'bios.raw', made: none, finds: full('raw', 'bios'), faults: [] },
  { name: 'mbr.raw', made: none, finds: full('raw', 'mbr'), faults: [] },
  cut('uefi.raw', 12 * MB, { ...full('raw', 'uefi'), virtualBytes: 12 * MB }),
  cut('mbr.raw', 12 * MB, { ...full('raw', 'mbr'), virtualBytes: 12 * MB }),
  patched(
    'uefi.raw',
    { name: 'end-lost.raw', finds: full('raw', 'uefi'), faults: ['DAMAGED'] },
    { at: DISK_BYTES - 512, bytes: new Uint8Array(512) },
  ),
  {
    name: 'last-sectors-lost.raw',
    made: (lab) => lab.cut('uefi.raw', 'last-sectors-lost.raw', DISK_BYTES - 8 * 512),
    finds: { ...full('raw', 'uefi'), virtualBytes: DISK_BYTES - 8 * 512 },
    faults: ['DAMAGED'],
    mayWork: true,
  },
  patched(
    'mbr.raw',
    { name: 'luks.raw', finds: { format: 'raw' }, faults: ['ENCRYPTED'] },
    { at: 0, bytes: 'LUKS\xba\xbe\0\x01' },
  ),
  {
    name: 'ext.raw',
    made: (lab) => lab.write('ext.raw', fileSystem()),
    finds: { format: 'raw', virtualBytes: MB },
    faults: [],
  },
  {
    name: 'zeros.raw',
    made: (lab) => lab.write('zeros.raw', new Uint8Array(2 * MB)),
    finds: { format: 'raw' },
    faults: ['NOT_AN_IMAGE'],
  },
  iso('plain.iso', { isUefi: false, isBios: false }, []),
  iso('bios.iso', { isUefi: false, isBios: true }, ['-b', 'boot.img', '-no-emul-boot']),
  iso('uefi.iso', { isUefi: true, isBios: false }, ['-e', 'boot.img', '-no-emul-boot']),
  iso('both.iso', { isUefi: true, isBios: true }, [
    ...['-b', 'boot.img', '-no-emul-boot'],
    ...['-eltorito-alt-boot', '-e', 'efi.img', '-no-emul-boot'],
  ]),
  iso('hybrid.iso', { isUefi: true, isBios: true }, [
    ...['-b', 'boot.img', '-no-emul-boot', '--protective-msdos-label'],
    ...['-eltorito-alt-boot', '-e', 'efi.img', '-no-emul-boot'],
    ...['-append_partition', '2', '0xef', 'content/efi.img'],
  ]),
  cut('both.iso', 100 * KB, { format: 'iso', virtualBytes: 100 * KB, isUefi: true, isBios: true }),
];

/** The superblock of ext4, where it is. */
function fileSystem(): Uint8Array {
  const data = new Uint8Array(MB);
  data.set([0x53, 0xef], 1024 + 56);
  return data;
}

function iso(
  name: string,
  boot: { readonly isUefi: boolean; readonly isBios: boolean },
  args: readonly string[],
): DiskFileRow {
  const made = (lab: DiskLab) =>
    lab.run(
      'xorriso',
      '-as',
      'mkisofs',
      '-quiet',
      '-o',
      name,
      '-c',
      'boot.cat',
      ...args,
      'content',
    );
  return { name, made, finds: { format: 'iso', ...boot }, faults: [] };
}
