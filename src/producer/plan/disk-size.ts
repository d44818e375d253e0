import type { DiskFile } from '../../shared/disk-file/disk-file.ts';
import { wholeGb } from '../../shared/image/file-facts.ts';
import { LIMITS } from '../../shared/image/image-fields.ts';
import { AUTO_DISK } from '../../shared/image/image-request.ts';
import type { DeclaredFile, SourceFinding } from './source-finding.ts';

/** Whether the disk in a file fits into `min_disk` and into what IMS takes; pure. */
export function* diskFindings(
  { virtualBytes }: DiskFile,
  declared: DeclaredFile,
): Generator<SourceFinding> {
  const { at, min_disk, kind, type } = declared;
  // How large the disk must be that an ISO file is installed on, the file does not say.
  if (virtualBytes === undefined || type === 'IsoImage') return;
  const gigabytes = wholeGb(virtualBytes);
  const most = mostGb(declared);
  const field = `${at}min_disk`;
  if (gigabytes > most) {
    const what = declared.isQuick
      ? 'the fast import'
      : kind === 'data'
        ? 'a data disk'
        : 'a system disk';
    const message = `the disk in it has ${gigabytes} GB; ${what} has at most ${most} GB`;
    const advice =
      most < LIMITS.dataDiskGb ? 'shrink it, or import it with kind: data' : 'split or shrink it';
    yield { code: 'TOO_LARGE_DISK', severity: 'error', field, message, advice };
  } else if (gigabytes > min_disk && min_disk !== AUTO_DISK) {
    const message = `the disk in it has ${gigabytes} GB, more than min_disk: ${min_disk}`;
    yield {
      code: 'TOO_SMALL_DISK',
      severity: 'error',
      field,
      message,
      advice: `write min_disk: ${gigabytes}`,
    };
  }
}

/** IMS: the largest disk of the way that was chosen. */
export function mostGb({ kind, isQuick }: Pick<DeclaredFile, 'kind' | 'isQuick'>): number {
  return kind === 'data' && !isQuick ? LIMITS.dataDiskGb : LIMITS.systemDiskGb;
}
