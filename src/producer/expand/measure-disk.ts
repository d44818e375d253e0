import type { DiskFile } from '../../shared/disk-file/disk-file.ts';
import { FORMAT_NAMES } from '../../shared/disk-file/file-endings.ts';
import { type FileFacts, wholeGb } from '../../shared/image/file-facts.ts';
import type { Unsized } from '../../shared/image/image-request.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import { splitUrl } from '../../shared/source-file/split-url.ts';
import { mostGb } from '../plan/disk-size.ts';
import { objectVerdict } from '../plan/object-verdict.ts';
import type { DeclaredFile } from '../plan/source-finding.ts';

/** The disk in a file: its gigabytes, or why they are not known. */
interface MeasuredDisk {
  readonly size: number | Omit<Unsized, 'field'>;
  /** Of the file, where its header was read. */
  readonly facts?: FileFacts;
}

export async function measureDisk(
  url: string,
  wanted: Pick<DeclaredFile, 'kind' | 'isQuick'>,
  sources: SourceFiles,
): Promise<MeasuredDisk> {
  const [bucket, key] = splitUrl(url);
  const answer = await sources.look(bucket, key);
  const verdict = objectVerdict(answer, wanted.isQuick);
  if (answer.kind !== 'found' || verdict.state !== 'good') {
    const isPassing = verdict.state === 'unread';
    const size = unknownSize(verdict.message, { isPassing, advice: isPassing ? AGAIN : '' });
    return { size: answer.kind === 'forbidden' ? { ...size, isForbidden: true } : size };
  }
  const header = await sources.header(bucket, key, answer);
  if (header.kind === 'unread') {
    const why = `the header of the file could not be read: ${header.message}`;
    return { size: unknownSize(why, { isPassing: true, advice: AGAIN }) };
  }
  const { format, virtualBytes } = header.file;
  const facts = { bytes: answer.size, format, ...omitUndefined({ virtualBytes }) };
  return { size: sizeIn(header.file, wanted), facts };
}

const AGAIN = 'try again, or write the number';

function sizeIn(
  { format, virtualBytes, faults }: DiskFile,
  wanted: Pick<DeclaredFile, 'kind' | 'isQuick'>,
): MeasuredDisk['size'] {
  if (format === 'iso' || virtualBytes === undefined) {
    const [fault] = faults;
    if (fault)
      return unknownSize(`the file cannot be imported: ${fault.message}`, { advice: fault.advice });
    const why = `the file is ${FORMAT_NAMES[format]}, which does not say how large its disk is`;
    return unknownSize(why, { advice: 'write the number' });
  }
  const gigabytes = wholeGb(virtualBytes);
  const most = mostGb(wanted);
  if (gigabytes <= most) return gigabytes;
  return unknownSize(
    `the disk in the file has ${gigabytes} GB; at most ${most} GB are possible`,
    {},
  );
}

function unknownSize(
  why: string,
  { isPassing = false, advice = '' }: { readonly isPassing?: boolean; readonly advice?: string },
): Omit<Unsized, 'field'> {
  return { reason: `is auto, but ${why}${advice === '' ? '' : `; ${advice}`}`, isPassing };
}
