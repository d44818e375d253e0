import type { DiskFaultCode, DiskFormat } from '../../../src/shared/disk-file/disk-file.ts';
import { DISK_BYTES, type DiskLab } from './lab.ts';
import { cut, type DiskFileRow, KB, sized } from './row.ts';

const OVF = `<?xml version="1.0"?>
<Envelope xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
  <References><File ovf:href="disk.vmdk" ovf:id="file1"/></References>
  <DiskSection>
    <Disk ovf:capacity="${DISK_BYTES / KB / KB}" ovf:capacityAllocationUnits="byte * 2^20" ovf:fileRef="file1"/>
  </DiskSection>
</Envelope>
`;

async function makeOva(lab: DiskLab): Promise<void> {
  await lab.write('shop.ovf', OVF);
  await lab.write('disk.vmdk', await lab.read('stream.vmdk'));
  await lab.run('tar', '--format=ustar', '-cf', 'shop.ova', 'shop.ovf', 'disk.vmdk');
}

function packed(name: string, format: DiskFormat, made: DiskFileRow['made']): DiskFileRow {
  return { name, made, finds: { format }, faults: ['COMPRESSED'] };
}

function written(name: string, data: string | Uint8Array, fault: DiskFaultCode): DiskFileRow {
  return { name, made: (lab) => lab.write(name, data), finds: { format: 'raw' }, faults: [fault] };
}

export const otherRows: readonly DiskFileRow[] = [
  { name: 'shop.ova', made: makeOva, finds: sized('ova'), faults: [] },
  cut('shop.ova', 300 * KB, sized('ova')),
  {
    name: 'no-end.ova',
    made: async (lab) => {
      const [disk, archive] = [await lab.read('disk.vmdk'), await lab.read('shop.ova')];
      const end =
        512 + Math.ceil(OVF.length / 512) * 512 + 512 + Math.ceil(disk.length / 512) * 512;
      await lab.write('no-end.ova', archive.subarray(0, end));
    },
    finds: sized('ova'),
    faults: ['CUT_OFF'],
  },
  ...['gnu', 'pax'].map(
    (format): DiskFileRow => ({
      name: `long-name-${format}.ova`,
      made: async (lab) => {
        const name = `${'shop-'.repeat(24)}.ovf`;
        await lab.write(name, OVF);
        await lab.run(
          'tar',
          `--format=${format}`,
          '-cf',
          `long-name-${format}.ova`,
          name,
          'disk.vmdk',
        );
      },
      finds: { format: 'ova' },
      faults: ['NOT_AN_IMAGE'],
      mayWork: true,
    }),
  ),
  {
    name: 'disk.tar',
    made: (lab) => lab.run('tar', '-cf', 'disk.tar', '--format=gnu', 'uefi.qcow2'),
    finds: { format: 'ova' },
    faults: ['NOT_AN_IMAGE'],
  },
  packed('mbr.raw.gz', 'gzip', (lab) => lab.run('gzip', '-k', 'mbr.raw')),
  packed('mbr.raw.xz', 'raw', (lab) => lab.run('xz', '-k', '-0', 'mbr.raw')),
  packed('mbr.raw.bz2', 'raw', (lab) => lab.run('bzip2', '-k', 'mbr.raw')),
  packed('mbr.raw.zst', 'raw', (lab) => lab.run('zstd', '-q', '-k', 'mbr.raw')),
  packed('mbr.zip', 'raw', (lab) => lab.run('zip', '-q', 'mbr.zip', 'mbr.raw')),
  written('empty.img', '', 'NOT_AN_IMAGE'),
  written('page.img', '<!DOCTYPE html>\n<html><body>404</body></html>\n', 'NOT_AN_IMAGE'),
  written(
    'error.img',
    '<?xml version="1.0"?>\n<Error><Code>NoSuchKey</Code></Error>',
    'NOT_AN_IMAGE',
  ),
  written('notes.img', 'Zürich, 3 images\n'.repeat(200), 'NOT_AN_IMAGE'),
  written('paper.img', '%PDF-1.7\n%\u00e2\u00e3\n', 'NOT_AN_IMAGE'),
  {
    name: 'program.img',
    made: async (lab) => lab.run('sh', '-c', 'cp "$(command -v qemu-img)" program.img'),
    finds: { format: 'raw' },
    faults: ['NOT_AN_IMAGE'],
  },
];
