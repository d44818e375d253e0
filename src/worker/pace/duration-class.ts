import type { ImageRequest } from '../../shared/image/image-request.ts';

const FORMAT = /\.([a-z0-9]{2,6})$/i;

/**
 * What an import is alike to, the most alike first: kind and way of import, format of the file, and
 * size of the disk to the next power of two; then kind and way alone. The size of the file itself is
 * not in a manifest.
 */
export function durationClasses(request: ImageRequest): readonly [string, string] {
  const { kind, quick_import, image_url, min_disk } = request;
  const way = quick_import ? `${kind}/quick` : kind;
  const format = FORMAT.exec(image_url)?.[1]?.toLowerCase() ?? 'none';
  const size = 2 ** Math.ceil(Math.log2(Math.max(1, min_disk)));
  return [`${way}/${format}/${size}`, way];
}
