import type { FileFacts } from '../image/file-facts.ts';
import type { ImageRequest } from '../image/image-request.ts';
import type { Sizes } from './forecast.ts';

/** What the duration of an import is learned and predicted by. */
export interface Traits {
  /** The classes of similar imports, the most similar first. */
  readonly classes: readonly string[];
  /** Where its file is known: its first class has files of all sizes, and these are its own. */
  readonly sizes?: Sizes;
}

type Request = Pick<ImageRequest, 'kind' | 'quick_import' | 'image_url' | 'min_disk'>;

const FORMAT = /\.([a-z0-9]{2,6})$/i;

/**
 * Where the file is known: kind and way of import, and its format. Then kind, way, format by the ending, and size of
 * the disk to the next power of two; then kind and way alone.
 */
export function traitsOf(request: Request, file: FileFacts | undefined): Traits {
  const { kind, quick_import, image_url, min_disk } = request;
  const way = quick_import ? `${kind}/quick` : kind;
  const ending = FORMAT.exec(image_url)?.[1]?.toLowerCase() ?? 'none';
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, min_disk)));
  const classes = [`${way}/${ending}/${size}`, way];
  if (file === undefined) return { classes };
  const { bytes, virtualBytes, format = ending } = file;
  const known = virtualBytes === undefined ? 'bytes' : 'bytes+disk';
  const [log, diskLog] = [bytes, virtualBytes ?? bytes].map((of) => Math.log(Math.max(1, of)));
  return {
    classes: [`${way}/${format}/${known}`, ...classes],
    sizes: [log ?? 0, diskLog ?? 0],
  };
}
