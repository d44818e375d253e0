import type { DiskFormat } from './disk-file.ts';

export const FORMAT_NAMES: Readonly<Record<DiskFormat, string>> = {
  ...{
    qcow2: 'QCOW2',
    qcow: 'QCOW',
    vmdk: 'VMDK',
    vhd: 'VHD',
    vhdx: 'VHDX',
    vdi: 'VDI',
    qed: 'QED',
  },
  ...{ zvhd: 'ZVHD', zvhd2: 'ZVHD2', iso: 'an ISO file', ova: 'an OVA', gzip: 'gzip', raw: 'RAW' },
};

/** `.img` says nothing, nor does an ending that is not one of these. */
const FORMATS_OF: Readonly<Record<string, readonly DiskFormat[]>> = {
  ...{
    qcow2: ['qcow2', 'qcow'],
    qcow: ['qcow', 'qcow2'],
    vmdk: ['vmdk'],
    vhd: ['vhd'],
    vhdx: ['vhdx'],
  },
  ...{ vdi: ['vdi'], qed: ['qed'], zvhd: ['zvhd', 'zvhd2'], zvhd2: ['zvhd2'], iso: ['iso'] },
  ...{ ova: ['ova'], raw: ['raw'] },
};
const UNMARKED: ReadonlySet<string> = new Set(['zvhd', 'zvhd2', 'iso']);
const ENDING_OF: Readonly<Record<DiskFormat, string>> = {
  ...{ qcow2: '.qcow2', qcow: '.qcow', vmdk: '.vmdk', vhd: '.vhd', vhdx: '.vhdx', vdi: '.vdi' },
  ...{
    qed: '.qed',
    zvhd: '.zvhd',
    zvhd2: '.zvhd2',
    iso: '.iso',
    ova: '.ova',
    gzip: '.gz',
    raw: '.raw',
  },
};

interface OtherFormat {
  readonly message: string;
  readonly advice: string;
  /** Nothing found does not prove that it is none. */
  readonly mayWork: boolean;
}

/** A file of another format than its name says; `undefined` where the two agree, or the name says nothing. */
export function otherFormat(format: DiskFormat, key: string): OtherFormat | undefined {
  const ending = /\.([a-z][a-z0-9]*)$/i.exec(key)?.[1]?.toLowerCase() ?? '';
  const fitting = FORMATS_OF[ending];
  if (!fitting || fitting.includes(format)) return undefined;
  return {
    message: `it is ${FORMAT_NAMES[format]}, but its name ends with .${ending}`,
    advice: `give it a name that ends with ${ENDING_OF[format]}, also in image_url, or upload the file that is meant`,
    // Only these have no mark that every tool writes.
    mayWork: format === 'raw' && UNMARKED.has(ending),
  };
}
