import { splitTag } from '../../shared/image/image-fields.ts';
import type { DataImageRequest, ImageRequest, ImageTag } from '../../shared/image/image-request.ts';
import { isQuick, kindOf } from './cross-rules.ts';
import type { ImageInput } from './image-schema.ts';

/** A checked image as the ledger and IMS take it: aliases resolved, tags in one list. */
export function toRequest(image: ImageInput): ImageRequest {
  const { kind: _k, quick_import: _q, is_quick_import: _i, priority: _p, ...rest } = image;
  const { tags, image_tags, type, data_images, copy, ...fields } = rest;
  const pairs = toTags(tags, image_tags);
  return {
    ...defined(fields),
    kind: kindOf(image),
    quick_import: isQuick(image),
    copy: copy ?? 1,
    ...(pairs === undefined ? {} : { tags: pairs }),
    ...(type === undefined || type === 'DataImage' ? {} : { type }),
    ...(data_images === undefined ? {} : { data_images: data_images.map(toDataImage) }),
  };
}

type DataImageInput = NonNullable<ImageInput['data_images']>[number];

function toDataImage({ tags, image_tags, ...fields }: DataImageInput): DataImageRequest {
  const pairs = toTags(tags, image_tags);
  return { ...defined(fields), ...(pairs === undefined ? {} : { tags: pairs }) };
}

function toTags(
  tags: readonly string[] | undefined,
  pairs: readonly ImageTag[] | undefined,
): readonly ImageTag[] | undefined {
  if (pairs) return pairs;
  return tags?.map(splitTag);
}

type Defined<T> = { [K in keyof T]: Exclude<T[K], undefined> };

function defined<T extends object>(fields: T): Defined<T> {
  return Object.fromEntries(
    Object.entries(fields).filter(([, value]) => value !== undefined),
  ) as Defined<T>;
}
