import type { DiskFile, DiskFormat } from '../../shared/disk-file/disk-file.ts';
import type { FileFacts } from '../../shared/image/file-facts.ts';
import { diskKindOf, type ImageRequest } from '../../shared/image/image-request.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { SourceFiles } from '../../shared/source-file/source-files.ts';
import { splitUrl } from '../../shared/source-file/split-url.ts';
import { judgeFile } from './judge-file.ts';
import { type ObjectVerdict, objectVerdict } from './object-verdict.ts';
import type { DeclaredFile, SourceFinding } from './source-finding.ts';

/** What was found of the file of an image, and of those of its data disks. */
export interface SourceVerdict extends ObjectVerdict {
  /** The file of the image itself; `null` where it was not found. */
  readonly file: {
    readonly size: number;
    /** `null` where its header was not read. */
    readonly format: DiskFormat | null;
    /** Size of the disk in it; `null` where its header does not say. */
    readonly virtual_size: number | null;
  } | null;
  /** What the headers of all files of the image say against its import. */
  readonly findings: readonly SourceFinding[];
}

/** What the ledger keeps of a file that was looked at. */
export function fileFactsOf({ file }: SourceVerdict): FileFacts | undefined {
  if (!file) return undefined;
  const { size: bytes, virtual_size, format } = file;
  return {
    bytes,
    ...(virtual_size !== null && { virtualBytes: virtual_size }),
    ...(format !== null && { format }),
  };
}

/** `header` is absent where only the objects are looked at. */
type Looking = Pick<SourceFiles, 'look'> & Partial<Pick<SourceFiles, 'header'>>;

/** Round trips take most of the time: 1,000 files at 150 ms need about ten seconds. */
export const FILES_AT_ONCE = 32;

/** Checks the objects of these images and the headers in them; an image is as bad as the worst of its files. */
export function checkSources(
  requests: readonly ImageRequest[],
  looking: Looking,
  onProgress?: (done: number) => void,
): Promise<readonly SourceVerdict[]> {
  const work = (request: ImageRequest) => checkImage(request, looking);
  return inParallel(requests, work, omitUndefined({ atOnce: FILES_AT_ONCE, onProgress }));
}

interface CheckedFile {
  readonly verdict: ObjectVerdict;
  readonly header?: DiskFile;
  readonly findings: readonly SourceFinding[];
}

async function checkImage(request: ImageRequest, looking: Looking): Promise<SourceVerdict> {
  const { data_images = [] } = request;
  const main = await checkFile(request.image_url, declaredImage(request), looking);
  const findings = [...main.findings];
  let worst = main.verdict;
  for (const [index, disk] of data_images.entries()) {
    const declared = declaredDisk(disk, index);
    const { verdict, findings: more } = await checkFile(disk.image_url, declared, looking);
    findings.push(...more);
    if (BADNESS[verdict.state] <= BADNESS[worst.state]) continue;
    worst = { ...verdict, message: `data disk ${disk.image_url}: ${verdict.message}` };
  }
  const { size } = main.verdict;
  const { format = null, virtualBytes = null } = main.header ?? {};
  const file = size === null ? null : { size, format, virtual_size: virtualBytes };
  return { ...worst, file, findings };
}

const BADNESS = { good: 0, unread: 1, bad: 2 } as const;

type Declared = Omit<DeclaredFile, 'key'>;

function declaredImage(request: ImageRequest): Declared {
  const { min_disk, quick_import: isQuick, type, architecture } = request;
  const { hw_firmware_type: firmware } = request;
  return {
    at: '',
    kind: diskKindOf(request),
    min_disk,
    isQuick,
    ...omitUndefined({ type, architecture, firmware }),
  };
}

function declaredDisk(
  { min_disk, is_quick_import: isQuick = false }: NonNullable<ImageRequest['data_images']>[number],
  index: number,
): Declared {
  return { at: `data_images[${index}].`, kind: 'data', min_disk, isQuick };
}

async function checkFile(url: string, declared: Declared, looking: Looking): Promise<CheckedFile> {
  const [bucket, key] = splitUrl(url);
  const answer = await looking.look(bucket, key);
  const verdict = objectVerdict(answer, declared.isQuick);
  if (verdict.state !== 'good' || answer.kind !== 'found') return { verdict, findings: [] };
  if (declared.isQuick && RAW.test(key)) {
    // IMS: a fast import of RAW needs the bitmap file beside it, with the same name.
    const bitmap = key.replace(RAW, '.mf');
    if ((await looking.look(bucket, bitmap)).kind === 'missing') {
      const why = 'is not in the bucket; the fast import of RAW needs it (IMG.0158)';
      const message = `its bitmap file ${bitmap} ${why}`;
      return { verdict: { ...verdict, state: 'bad', message }, findings: [] };
    }
  }
  const header = await looking.header?.(bucket, key, answer);
  if (!header) return { verdict, findings: [] };
  if (header.kind === 'unread') {
    const message = `its header could not be read: ${header.message}`;
    return { verdict: { ...verdict, state: 'unread', message }, findings: [] };
  }
  const findings = judgeFile(header.file, { ...declared, key });
  return { verdict: withFindings(verdict, findings), header: header.file, findings };
}

const RAW = /\.raw$/i;

function withFindings(verdict: ObjectVerdict, findings: readonly SourceFinding[]): ObjectVerdict {
  const errors = findings.filter(({ severity }) => severity === 'error');
  return errors.length === 0
    ? verdict
    : { ...verdict, state: 'bad', message: errors.map(findingText).join('; ') };
}

/** `the disk in it has 60 GB, more than min_disk: 40; write min_disk: 60` */
export function findingText({ message, advice }: SourceFinding): string {
  return `${message}; ${advice}`;
}
