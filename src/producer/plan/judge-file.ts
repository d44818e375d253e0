import type { DiskFile, DiskFormat } from '../../shared/disk-file/disk-file.ts';
import { diskFindings } from './disk-size.ts';
import type { DeclaredFile, FindingCode, SourceFinding } from './source-finding.ts';

/** Everything that the header of a file says against its import as declared; pure. */
export function judgeFile(file: DiskFile, declared: DeclaredFile): readonly SourceFinding[] {
  const field = `${declared.at}image_url`;
  const own = file.faults.map(({ code, message, advice, mayWork = false }): SourceFinding => {
    const severity = mayWork ? 'warning' : 'error';
    return { code, severity, field, message, advice };
  });
  const isUnreadable = own.some(
    ({ code, severity }) => severity === 'error' && UNREADABLE.has(code),
  );
  return isUnreadable
    ? own
    : [
        ...own,
        ...formatFindings(file, declared),
        ...diskFindings(file, declared),
        ...firmware(file, declared),
      ];
}

/** With these the rest of the header says nothing. */
const UNREADABLE: ReadonlySet<FindingCode> = new Set(['COMPRESSED', 'NOT_AN_IMAGE']);

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

function* formatFindings(file: DiskFile, declared: DeclaredFile): Generator<SourceFinding> {
  const { format } = file;
  const { at, key, isQuick, type, kind } = declared;
  const field = `${at}image_url`;
  const is = FORMAT_NAMES[format];
  if (format === 'iso' && kind === 'system' && type !== 'IsoImage') {
    const advice = 'write type: IsoImage, and os_version';
    yield {
      code: 'ISO_TYPE',
      severity: 'error',
      field: 'type',
      message: `it is ${is} (IMG.0122)`,
      advice,
    };
    return;
  }
  if (type === 'IsoImage' && format !== 'iso') {
    const advice = 'remove type: IsoImage, or name the ISO file in image_url';
    yield {
      code: 'ISO_TYPE',
      severity: 'error',
      field: 'type',
      message: `it is ${is}, not an ISO file`,
      advice,
    };
    return;
  }
  if (isQuick && !QUICK.has(format)) {
    const message = `it is ${is}; the fast import takes only RAW and ZVHD2 (IMG.0158)`;
    yield {
      code: 'NOT_QUICK',
      severity: 'error',
      field,
      message,
      advice: 'remove quick_import, or convert the file',
    };
    return;
  }
  if (format === 'iso' && kind === 'data') {
    const message = `it is ${is}, not a disk`;
    const advice = 'import it as a system disk with type: IsoImage, if that is meant';
    yield { code: 'ISO_TYPE', severity: 'warning', field, message, advice };
  }
  const ending = /\.([a-z][a-z0-9]*)$/i.exec(key)?.[1]?.toLowerCase() ?? '';
  const fitting = FORMATS_OF[ending];
  if (!fitting || fitting.includes(format)) return;
  // Only these have no mark that every tool writes: nothing found does not prove that they are none.
  const severity = format === 'raw' && UNMARKED.has(ending) ? 'warning' : 'error';
  const advice = `give it a name that ends with ${ENDING_OF[format]}, also in image_url, or upload the file that is meant`;
  const message = `it is ${is}, but its name ends with .${ending}`;
  yield { code: 'OTHER_FORMAT', severity, field, message, advice };
}

const QUICK: ReadonlySet<DiskFormat> = new Set(['raw', 'zvhd2']);
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

/** Many images start either way: this is never more than a warning. */
function* firmware(file: DiskFile, declared: DeclaredFile): Generator<SourceFinding> {
  const { kind, type, architecture, firmware: written } = declared;
  if (kind === 'data' || type === 'IsoImage' || file.format === 'iso') return;
  const code = 'FIRMWARE';
  const found = { code, severity: 'warning', field: 'hw_firmware_type' } as const;
  const isBios = (written ?? (architecture === 'arm' ? 'uefi' : 'bios')) === 'bios';
  if (isBios && file.isUefi === true && file.isBios !== true) {
    const message = 'it starts with UEFI only, and the image would start with BIOS';
    yield {
      ...found,
      message,
      advice: 'write hw_firmware_type: uefi',
    };
  } else if (!isBios && file.isUefi === false) {
    const message = 'it has no EFI system partition, and the image would start with UEFI';
    yield {
      ...found,
      message,
      advice: 'write hw_firmware_type: bios',
    };
  }
}
