import type { DiskFile } from '../../shared/disk-file/disk-file.ts';
import type { FileFacts } from '../../shared/image/file-facts.ts';
import type { Unsized } from '../../shared/image/image-request.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import { splitUrl } from '../../shared/source-file/split-url.ts';
import { diskGb, mostGb } from '../plan/disk-size.ts';
import { FORMAT_NAMES } from '../plan/judge-file.ts';
import { objectVerdict } from '../plan/object-verdict.ts';
import type { DeclaredFile } from '../plan/source-finding.ts';

/** The disk in a file: its gigabytes, or why they are not known. */
export interface MeasuredDisk {
  readonly size: number | Omit<Unsized, 'field'>;
  /** Of the file, where its header was read. */
  readonly facts?: FileFacts;
}

/** Reads how large the disk in a file is. */
export async function measureDisk(
  url: string,
  wanted: Pick<DeclaredFile, 'kind' | 'isQuick'>,
  sources: SourceFiles,
): Promise<MeasuredDisk> {
  const [bucket, key] = splitUrl(url);
  const answer = await sources.look(bucket, key);
  const verdict = objectVerdict(answer, wanted.isQuick);
  if (answer.kind !== 'found' || verdict.state !== 'good') {
    return unknownSize(verdict.message, verdict.state === 'unread');
  }
  const header = await sources.header(bucket, key, answer);
  if (header.kind === 'unread') {
    return unknownSize(`the header of the file could not be read: ${header.message}`, true);
  }
  const { format, virtualBytes } = header.file;
  const facts = { bytes: answer.size, format, ...omitUndefined({ virtualBytes }) };
  return { size: sizeIn(header.file, wanted), facts };
}

function sizeIn(
  { format, virtualBytes, faults }: DiskFile,
  wanted: Pick<DeclaredFile, 'kind' | 'isQuick'>,
): MeasuredDisk['size'] {
  if (format === 'iso' || virtualBytes === undefined) {
    const [fault] = faults;
    const why = fault
      ? `the file cannot be imported: ${fault.message}`
      : `the file is ${FORMAT_NAMES[format]}, which does not say how large its disk is`;
    return unknownSize(why, false).size;
  }
  const gigabytes = diskGb(virtualBytes);
  const most = mostGb(wanted);
  return gigabytes <= most
    ? gigabytes
    : unknownSize(
        `the disk in the file has ${gigabytes} GB; at most ${most} GB are possible`,
        false,
      ).size;
}

function unknownSize(why: string, isPassing: boolean) {
  const what = isPassing ? 'try again, or write the number' : 'write the number';
  return { size: { reason: `is auto, but ${why}; ${what}`, isPassing } };
}
