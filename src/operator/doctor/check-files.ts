import type { ListedObject } from '../../shared/cloud/obs/bucket-page.ts';
import type { ObsClient } from '../../shared/cloud/obs/obs-client.ts';
import { otherFormat } from '../../shared/disk-file/file-endings.ts';
import { readDiskFile } from '../../shared/disk-file/read-disk-file.ts';
import { isImageFile } from '../../shared/image/image-fields.ts';
import { inParallel } from '../../shared/runtime/in-parallel.ts';
import { createSourceFiles } from '../../shared/source-file/source-files.ts';
import { type Finding, ok, warning } from './finding.ts';

/** Enough to see whether the files of a bucket are good; `plan` reads those of a manifest. */
const MOST_FILES = 100;
const FILES_AT_ONCE = 16;
const MOST_LISTED = 10;

/** Reads the headers of the first image files of a bucket, and names those that IMS could not import. */
export async function* examineFiles(
  obs: ObsClient,
  bucket: string,
  objects: readonly ListedObject[],
): AsyncGenerator<Finding> {
  const files = objects.filter(({ key }) => isImageFile(key)).slice(0, MOST_FILES);
  if (files.length === 0) return;
  const sources = createSourceFiles({ obs, readFile: readDiskFile });
  const read = async (object: ListedObject): Promise<Finding | undefined> => {
    const place = `${bucket}:${object.key}`;
    const unfit = unfitText(object);
    if (unfit !== undefined) return warning('OBS', `${place} cannot be imported: ${unfit}`);
    const header = await sources.header(bucket, object.key, object);
    if (header.kind === 'unread')
      return warning('OBS', `${place} could not be read: ${header.message}`);
    const { format, faults: own } = header.file;
    const faults = [...own, otherFormat(format, object.key)].filter((one) => one !== undefined);
    const fault = faults.find(({ mayWork }) => mayWork !== true) ?? faults[0];
    if (!fault) return undefined;
    const word = fault.mayWork ? 'may be bad' : 'cannot be imported';
    return warning('OBS', `${place} ${word}: ${fault.message}`, fault.advice);
  };
  const found = (await inParallel(files, read, { atOnce: FILES_AT_ONCE })).filter(
    (finding) => finding !== undefined,
  );
  const good = files.length - found.length;
  if (good > 0) {
    yield ok(
      'OBS',
      `${good} of ${files.length} image files of bucket ${bucket} have a good header`,
    );
  }
  yield* found.slice(0, MOST_LISTED);
  const more = found.length - MOST_LISTED;
  if (more > 0) yield warning('OBS', `and ${more} more; ims-ferry plan shows those of a manifest`);
}

/** Why IMS does not import it, whatever it holds. */
function unfitText({ size, storageClass }: ListedObject): string | undefined {
  if (size === 0) return 'the object is empty';
  if (storageClass === 'STANDARD') return undefined;
  return `its storage class is ${storageClass}; IMS imports only from Standard`;
}
