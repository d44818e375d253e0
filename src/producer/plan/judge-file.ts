import type { DiskFile, DiskFormat } from '../../shared/disk-file/disk-file.ts';
import { FORMAT_NAMES, otherFormat } from '../../shared/disk-file/file-endings.ts';
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
  const other = otherFormat(format, key);
  if (!other) return;
  const { message, advice, mayWork } = other;
  yield {
    code: 'OTHER_FORMAT',
    severity: mayWork ? 'warning' : 'error',
    field,
    message,
    advice,
  };
}

const QUICK: ReadonlySet<DiskFormat> = new Set(['raw', 'zvhd2']);

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
