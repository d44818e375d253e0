import { describe, expect, test } from 'vitest';
import { judgeFile } from '../../src/producer/plan/judge-file.ts';
import type { DeclaredFile } from '../../src/producer/plan/source-finding.ts';
import type { DiskFile } from '../../src/shared/disk-file/disk-file.ts';

const GB = 1024 ** 3;
const SYSTEM: DeclaredFile = {
  at: '',
  key: 'a.qcow2',
  kind: 'system',
  isQuick: false,
  min_disk: 40,
};
const found = (fields: Partial<DiskFile> = {}): DiskFile => ({
  format: 'qcow2',
  virtualBytes: 40 * GB,
  faults: [],
  ...fields,
});

interface Row {
  readonly what: string;
  readonly file: DiskFile;
  readonly declared?: Partial<DeclaredFile>;
  /** `code severity field` of each finding. */
  readonly finds: readonly string[];
  readonly writes?: string;
}

const cut = { code: 'CUT_OFF', message: 'it ends early', advice: 'upload it again' } as const;
const zeros = { code: 'NOT_AN_IMAGE', message: 'zeros', advice: 'compare it' } as const;
const zipped = { code: 'COMPRESSED', message: 'it is gzip', advice: 'unpack it' } as const;

const rows: readonly Row[] = [
  { what: 'a disk that fits', file: found(), finds: [] },
  {
    what: 'a fault of the file',
    file: found({ faults: [cut] }),
    finds: ['CUT_OFF error image_url'],
  },
  {
    what: 'a fault with which it may work nonetheless',
    file: found({ virtualBytes: 50 * GB, faults: [{ ...zeros, mayWork: true }] }),
    finds: ['NOT_AN_IMAGE warning image_url', 'TOO_SMALL_DISK error min_disk'],
  },
  {
    what: 'a compressed file, of which nothing else is known',
    file: { format: 'raw', faults: [zipped] },
    finds: ['COMPRESSED error image_url'],
  },
  {
    what: 'a disk one byte larger than min_disk',
    file: found({ virtualBytes: 40 * GB + 1 }),
    finds: ['TOO_SMALL_DISK error min_disk'],
    writes: 'write min_disk: 41',
  },
  {
    what: 'a data disk that comes along and is larger',
    file: found({ virtualBytes: 60 * GB }),
    declared: { at: 'data_images[1].', kind: 'data' },
    finds: ['TOO_SMALL_DISK error data_images[1].min_disk'],
  },
  {
    what: 'a system disk above 1024 GB',
    file: found({ virtualBytes: 1025 * GB }),
    declared: { min_disk: 1024 },
    finds: ['TOO_LARGE_DISK error min_disk'],
    writes: 'kind: data',
  },
  {
    what: 'a data disk of 2048 GB',
    file: found({ virtualBytes: 2048 * GB }),
    declared: { kind: 'data', min_disk: 2048 },
    finds: [],
  },
  {
    what: 'a fast import above 1024 GB',
    file: found({ format: 'zvhd2', virtualBytes: 1025 * GB }),
    declared: { key: 'a.zvhd2', kind: 'data', isQuick: true, min_disk: 1024 },
    finds: ['TOO_LARGE_DISK error min_disk'],
  },
  {
    what: 'another format than its name says',
    file: found({ format: 'vmdk' }),
    finds: ['OTHER_FORMAT error image_url'],
    writes: '.vmdk',
  },
  { what: 'QCOW under the name of QCOW2', file: found({ format: 'qcow' }), finds: [] },
  {
    what: 'anything under .img',
    file: found({ format: 'vhdx' }),
    declared: { key: 'a.IMG' },
    finds: [],
  },
  {
    what: 'a name without an ending',
    file: found({ format: 'vdi' }),
    declared: { key: 'x/a' },
    finds: [],
  },
  {
    what: 'a file of Huawei that does not look like one',
    file: found({ format: 'raw' }),
    declared: { key: 'a.zvhd2' },
    finds: ['OTHER_FORMAT warning image_url'],
  },
  {
    what: 'an ISO file without its type',
    file: found({ format: 'iso' }),
    declared: { key: 'a.raw' },
    finds: ['ISO_TYPE error type'],
    writes: 'type: IsoImage',
  },
  {
    what: 'an ISO file with its type, however large',
    file: found({ format: 'iso', virtualBytes: 60 * GB }),
    declared: { key: 'a.iso', type: 'IsoImage' },
    finds: [],
  },
  {
    what: 'the type of an ISO file for a disk',
    file: found(),
    declared: { type: 'IsoImage' },
    finds: ['ISO_TYPE error type'],
    writes: 'remove type: IsoImage',
  },
  {
    what: 'an ISO file as a data disk',
    file: found({ format: 'iso' }),
    declared: { kind: 'data', key: 'a.iso' },
    finds: ['ISO_TYPE warning image_url'],
  },
  {
    what: 'a fast import of QCOW2 under the name of RAW',
    file: found(),
    declared: { key: 'a.raw', isQuick: true },
    finds: ['NOT_QUICK error image_url'],
    writes: 'remove quick_import',
  },
  {
    what: 'a disk for UEFI only, with the default',
    file: found({ partitions: 'gpt', isUefi: true, isBios: false }),
    finds: ['FIRMWARE warning hw_firmware_type'],
    writes: 'hw_firmware_type: uefi',
  },
  {
    what: 'the same for arm, where UEFI is the default',
    file: found({ partitions: 'gpt', isUefi: true, isBios: false }),
    declared: { architecture: 'arm' },
    finds: [],
  },
  {
    what: 'a disk for both',
    file: found({ partitions: 'gpt', isUefi: true, isBios: true }),
    declared: { firmware: 'bios' },
    finds: [],
  },
  {
    what: 'a disk for BIOS, with UEFI',
    file: found({ partitions: 'mbr', isUefi: false, isBios: true }),
    declared: { firmware: 'uefi' },
    finds: ['FIRMWARE warning hw_firmware_type'],
    writes: 'hw_firmware_type: bios',
  },
  {
    what: 'a disk whose partitions are not known',
    file: found(),
    declared: { firmware: 'uefi' },
    finds: [],
  },
  {
    what: 'the firmware of a data disk',
    file: found({ partitions: 'gpt', isUefi: true, isBios: false }),
    declared: { kind: 'data' },
    finds: [],
  },
];

describe('the header of a file', () => {
  test.each(rows)('$what', ({ file, declared = {}, finds, writes = '' }) => {
    const findings = judgeFile(file, { ...SYSTEM, ...declared });
    expect(findings.map(({ code, severity, field }) => `${code} ${severity} ${field}`)).toEqual(
      finds,
    );
    expect(findings.map(({ advice }) => advice).join()).toContain(writes);
  });

  test('a size that is still to be read from it is never too small', () => {
    expect(judgeFile(found(), { ...SYSTEM, min_disk: 0 })).toEqual([]);
  });
});
