import type { DiskFile } from '../../shared/disk-file/disk-file.ts';
import type { ImageRequest } from '../../shared/image/image-request.ts';

/** Something that the file of an image says, and the manifest contradicts or IMS does not import. */
export interface SourceFinding {
  readonly code: FindingCode;
  /** `error`: the import would fail, or its image be useless. `warning`: a person should look. */
  readonly severity: 'error' | 'warning';
  /** The field of the manifest that it is about: `min_disk`, `data_images[1].image_url`. */
  readonly field: string;
  /** What is there: a clause about the file. */
  readonly message: string;
  /** What to write, or how to convert. */
  readonly advice: string;
}

export type FindingCode =
  | DiskFile['faults'][number]['code']
  | 'OTHER_FORMAT'
  | 'TOO_SMALL_DISK'
  | 'TOO_LARGE_DISK'
  | 'ISO_TYPE'
  | 'NOT_QUICK'
  | 'FIRMWARE';

/** A file of a manifest, and what the manifest says about it. */
export interface DeclaredFile extends Pick<ImageRequest, 'min_disk'> {
  /** `''` for the image itself, else `data_images[N].`. */
  readonly at: string;
  readonly key: string;
  readonly isQuick: boolean;
  /** What becomes of it: a disk that comes along with a system disk is a data disk. */
  readonly kind: 'system' | 'data';
  readonly type?: ImageRequest['type'];
  readonly firmware?: ImageRequest['hw_firmware_type'];
  readonly architecture?: ImageRequest['architecture'];
}
