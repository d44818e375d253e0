import { splitTag } from '../../shared/image/image-fields.ts';
import type {
  DataImage,
  DataImageRequest,
  ImageRequest,
  ImageTag,
  QuickDataImage,
  QuickSystemImage,
  SystemImage,
} from '../../shared/image/image-request.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { isQuick, kindOf } from './cross-rules.ts';
import type { ImageInput } from './image-schema.ts';

/** A checked image as the ledger and IMS take it: aliases resolved, tags in one list. */
export function toRequest(image: ImageInput): ImageRequest {
  return REQUESTS[kindOf(image)](image);
}

/** The fields of each kind; the cross rules refuse all others. */
const REQUESTS: { readonly [Kind in ImageRequest['kind']]: (image: ImageInput) => ImageRequest } = {
  system: (image) => (isQuick(image) ? quickSystem(image) : system(image)),
  data: (image) => (isQuick(image) ? quickData(image) : data(image)),
};

function system(image: ImageInput): SystemImage {
  const { type, is_config, is_config_init, cmk_id, max_ram, min_ram, data_images } = image;
  const fields = omitUndefined({
    ...fromFile(image),
    ...bootable(image),
    type: type === 'DataImage' ? undefined : type,
    is_config,
    is_config_init,
    cmk_id,
    max_ram,
    min_ram,
    data_images: data_images?.map(toDataImage),
  });
  return { kind: 'system', quick_import: false, ...fields };
}

function quickSystem(image: ImageInput): QuickSystemImage {
  const { type, license_type } = image;
  const fields = omitUndefined({
    ...fromFile(image),
    ...bootable(image),
    type: type === 'ECS' || type === 'BMS' ? type : undefined,
    license_type,
  });
  return { kind: 'system', quick_import: true, ...fields };
}

function data(image: ImageInput): DataImage {
  const { cmk_id } = image;
  const fields = omitUndefined({
    ...fromFile(image),
    os_type: systemOf(image),
    cmk_id,
  });
  return { kind: 'data', quick_import: false, ...fields };
}

function quickData(image: ImageInput): QuickDataImage {
  const fields = omitUndefined({
    ...fromFile(image),
    os_type: systemOf(image),
  });
  return { kind: 'data', quick_import: true, ...fields };
}

function fromFile(image: ImageInput) {
  const { name, image_url, min_disk, copy = 1, description, enterprise_project_id } = image;
  const tags = toTags(image.tags, image.image_tags);
  return { name, image_url, min_disk, copy, description, enterprise_project_id, tags };
}

function bootable({ os_type, os_version, hw_firmware_type, architecture }: ImageInput) {
  return { os_type, os_version, hw_firmware_type, architecture };
}

function systemOf({ os_type }: ImageInput): 'Linux' | 'Windows' | undefined {
  return os_type === 'Other' ? undefined : os_type;
}

type DataImageInput = NonNullable<ImageInput['data_images']>[number];

function toDataImage({ tags, image_tags, ...fields }: DataImageInput): DataImageRequest {
  return omitUndefined({ ...fields, tags: toTags(tags, image_tags) });
}

function toTags(
  tags: readonly string[] | undefined,
  pairs: readonly ImageTag[] | undefined,
): readonly ImageTag[] | undefined {
  return pairs ?? tags?.map(splitTag);
}
