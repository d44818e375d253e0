import { createEncrypted, createOver } from './create.ts';
import { converted, cut, type DiskFileRow, full, KB, patched, sized } from './row.ts';

/** Its clusters of 4 KB show only the first entries of a GPT: whether BIOS boots it too stays open. */
const qcow = { ...sized('qcow'), partitions: 'gpt', isUefi: true } as const;

export const qemuRows: readonly DiskFileRow[] = [
  converted(qcow, 'uefi', 'uefi.qcow -O qcow'),
  {
    name: 'aes.qcow',
    made: (lab) => createEncrypted(lab, 'aes.qcow', 'encrypt.format=aes'),
    finds: sized('qcow'),
    faults: ['ENCRYPTED'],
  },
  {
    name: 'overlay.qcow',
    made: (lab) => lab.run(...createOver('uefi.raw', 'raw'), '-f', 'qcow', 'overlay.qcow'),
    finds: sized('qcow'),
    faults: ['BACKING_FILE'],
  },
  cut('uefi.qcow', 500 * KB, qcow),
  converted(full('qed', 'uefi'), 'uefi', 'uefi.qed -O qed'),
  {
    name: 'overlay.qed',
    made: (lab) => lab.run(...createOver('uefi.qed', 'qed'), '-f', 'qed', 'overlay.qed'),
    finds: sized('qed'),
    faults: ['BACKING_FILE'],
  },
  cut('uefi.qed', 200 * KB, sized('qed')),
  cut('uefi.qed', 900 * KB, full('qed', 'uefi')),
  converted(full('vdi', 'uefi'), 'uefi', 'uefi.vdi -O vdi'),
  converted(full('vdi', 'mbr'), 'mbr', 'static.vdi -O vdi -o static=on'),
  cut('uefi.vdi', 2000 * KB, full('vdi', 'uefi')),
  cut('static.vdi', 9000 * KB, full('vdi', 'mbr')),
  patched(
    'uefi.vdi',
    { name: 'child.vdi', finds: sized('vdi'), faults: ['PARENT'] },
    { at: 0x4c, bytes: '\x04' },
  ),
  converted(full('vhdx', 'uefi'), 'uefi', 'uefi.vhdx -O vhdx'),
  converted(full('vhdx', 'mbr'), 'mbr', 'fixed.vhdx -O vhdx -o subformat=fixed'),
  converted(full('vhdx', 'bios'), 'bios', 'blocks-1m.vhdx -O vhdx -o block_size=1M'),
  cut('uefi.vhdx', 500 * KB, { format: 'vhdx' }),
  cut('uefi.vhdx', 2100 * KB, { format: 'vhdx' }),
  cut('blocks-1m.vhdx', 10_000 * KB, full('vhdx', 'bios')),
  converted(full('vhd', 'uefi'), 'uefi', 'exact.vhd -O vpc -o force_size=on'),
  converted(full('vhd', 'mbr'), 'mbr', 'fixed.vhd -O vpc -o subformat=fixed,force_size=on'),
  cut('exact.vhd', 3000 * KB, sized('vhd')),
  cut('fixed.vhd', 9000 * KB, { ...full('raw', 'mbr'), virtualBytes: 9000 * KB }),
];
