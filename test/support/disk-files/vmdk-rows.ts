import { createOver } from './create.ts';
import type { DiskLab } from './lab.ts';
import { converted, cut, type DiskFileRow, full, KB, patched, sized } from './row.ts';

const VMDK = '-O vmdk -o subformat';
const uefi = full('vmdk', 'uefi');

export const vmdkRows: readonly DiskFileRow[] = [
  converted(uefi, 'uefi', `sparse.vmdk ${VMDK}=monolithicSparse`),
  converted(full('vmdk', 'mbr'), 'mbr', `stream.vmdk ${VMDK}=streamOptimized`),
  withFault('flat.vmdk', 'monolithicFlat', 'EXTENTS_ELSEWHERE'),
  withFault('split.vmdk', 'twoGbMaxExtentSparse', 'EXTENTS_ELSEWHERE'),
  withFault('split-flat.vmdk', 'twoGbMaxExtentFlat', 'EXTENTS_ELSEWHERE'),
  {
    name: 'split-s001.vmdk',
    made: async () => undefined,
    finds: sized('vmdk'),
    faults: ['EXTENTS_ELSEWHERE'],
  },
  {
    name: 'flat-flat.vmdk',
    made: async () => undefined,
    finds: full('raw', 'uefi'),
    faults: [],
  },
  {
    name: 'overlay.vmdk',
    made: (lab) => lab.run(...createOver('sparse.vmdk', 'vmdk'), '-f', 'vmdk', 'overlay.vmdk'),
    finds: sized('vmdk'),
    faults: ['PARENT'],
  },
  {
    name: 'footer.vmdk',
    made: (lab) => makeWithFooter(lab, 'stream.vmdk', 'footer.vmdk'),
    finds: full('vmdk', 'mbr'),
    faults: [],
  },
  cut('footer.vmdk', 500 * KB, sized('vmdk')),
  cut('sparse.vmdk', 40 * KB, sized('vmdk')),
  cut('sparse.vmdk', 700 * KB, uefi),
  cut('stream.vmdk', 700 * KB, full('vmdk', 'mbr')),
  patched(
    'sparse.vmdk',
    { name: 'as-text.vmdk', finds: { format: 'vmdk' }, faults: ['DAMAGED'] },
    { at: 73, bytes: '\n \n\n' },
  ),
  patched(
    'sparse.vmdk',
    { name: 'locked.vmdk', finds: sized('vmdk'), faults: ['ENCRYPTED'] },
    { at: 512, bytes: 'encryption.keySafe = "vmware:key/list"\n' },
  ),
];

function withFault(name: string, subformat: string, fault: 'EXTENTS_ELSEWHERE'): DiskFileRow {
  return { ...converted(sized('vmdk'), 'uefi', `${name} ${VMDK}=${subformat}`), faults: [fault] };
}

/** As VMware writes it: the header says that the directory's place stands in the footer. */
async function makeWithFooter(lab: DiskLab, from: string, name: string): Promise<void> {
  const data = await lab.read(from);
  const footer = Buffer.from(data.subarray(0, 512));
  const header = Buffer.from(footer);
  header.fill(0xff, 56, 64);
  const marker = Buffer.alloc(512);
  marker.writeUInt32LE(3, 12);
  await lab.write(
    name,
    Buffer.concat([header, data.subarray(512), marker, footer, Buffer.alloc(512)]),
  );
}
