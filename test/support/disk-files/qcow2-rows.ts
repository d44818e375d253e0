import { createEncrypted, createOver } from './create.ts';
import { converted, cut, type DiskFileRow, full, KB, patched, sized } from './row.ts';

export const qcow2Rows: readonly DiskFileRow[] = [
  converted(full('qcow2', 'uefi'), 'uefi', 'uefi.qcow2 -O qcow2'),
  converted(full('qcow2', 'bios'), 'bios', 'bios.qcow2 -O qcow2'),
  converted(full('qcow2', 'mbr'), 'mbr', 'mbr.qcow2 -O qcow2'),
  converted(full('qcow2', 'uefi'), 'uefi', 'v2.qcow2 -O qcow2 -o compat=0.10'),
  converted(full('qcow2', 'uefi'), 'uefi', 'packed.qcow2 -c -O qcow2'),
  converted(full('qcow2', 'mbr'), 'mbr', 'zstd.qcow2 -c -O qcow2 -o compression_type=zstd'),
  converted(full('qcow2', 'mbr'), 'mbr', 'clusters-4k.qcow2 -O qcow2 -o cluster_size=4k'),
  converted(full('qcow2', 'uefi'), 'uefi', 'clusters-2m.qcow2 -O qcow2 -o cluster_size=2M'),
  converted(full('qcow2', 'uefi'), 'uefi', 'allocated.qcow2 -O qcow2 -o preallocation=full'),
  converted(full('qcow2', 'uefi'), 'uefi', 'metadata.qcow2 -O qcow2 -o preallocation=metadata'),
  converted(
    full('qcow2', 'bios'),
    'bios',
    'extended.qcow2 -O qcow2 -o extended_l2=on,cluster_size=128k',
  ),
  converted(full('qcow2', 'uefi'), 'uefi', 'lazy.qcow2 -O qcow2 -o lazy_refcounts=on'),
  converted(full('qcow2', 'uefi'), 'uefi', 'refcounts-1.qcow2 -O qcow2 -o refcount_bits=1'),
  converted(full('qcow2', 'uefi'), 'uefi', 'refcounts-64.qcow2 -O qcow2 -o refcount_bits=64'),
  {
    name: 'snapshot.qcow2',
    made: async (lab) => {
      await lab.convert('uefi', 'snapshot.qcow2', '-O', 'qcow2');
      await lab.run('qemu-img', 'snapshot', '-c', 'before', 'snapshot.qcow2');
    },
    finds: full('qcow2', 'uefi'),
    faults: [],
  },
  {
    name: 'empty.qcow2',
    made: (lab) => lab.run('qemu-img', 'create', '-f', 'qcow2', 'empty.qcow2', '16M'),
    finds: sized('qcow2'),
    faults: [],
  },
  // qemu-img measures the processor for LUKS, and gives up on a busy one: the method is patched in.
  patched(
    'uefi.qcow2',
    { name: 'luks.qcow2', finds: sized('qcow2'), faults: ['ENCRYPTED'] },
    { at: 35, bytes: '\x02' },
  ),
  {
    name: 'aes.qcow2',
    made: (lab) => createEncrypted(lab, 'aes.qcow2', 'encrypt.format=aes'),
    finds: sized('qcow2'),
    faults: ['ENCRYPTED'],
  },
  {
    name: 'overlay.qcow2',
    made: (lab) => lab.run(...createOver('uefi.qcow2', 'qcow2'), '-f', 'qcow2', 'overlay.qcow2'),
    finds: sized('qcow2'),
    faults: ['BACKING_FILE'],
  },
  {
    name: 'data-elsewhere.qcow2',
    made: (lab) =>
      lab.convert('uefi', 'data-elsewhere.qcow2', '-O', 'qcow2', '-o', 'data_file=data.raw'),
    finds: sized('qcow2'),
    faults: ['EXTENTS_ELSEWHERE'],
  },
  patched(
    'uefi.qcow2',
    { name: 'corrupt.qcow2', finds: { format: 'qcow2' }, faults: ['DAMAGED'] },
    { at: 79, bytes: '\x02' },
  ),
  cut('uefi.qcow2', 100 * KB, sized('qcow2')),
  cut('uefi.qcow2', 300 * KB, sized('qcow2')),
  cut('uefi.qcow2', 700 * KB, full('qcow2', 'uefi')),
  cut('v2.qcow2', 700 * KB, full('qcow2', 'uefi')),
  cut('packed.qcow2', 700 * KB, full('qcow2', 'uefi')),
  cut('clusters-4k.qcow2', 700 * KB, full('qcow2', 'mbr')),
  cut('allocated.qcow2', 12 * KB * KB, full('qcow2', 'uefi')),
  cut('refcounts-1.qcow2', 700 * KB, full('qcow2', 'uefi')),
];
