import { splitTag } from '../../shared/image/image-fields.ts';
import { AUTO_DISK, type ImageRequest, type ImageTag } from '../../shared/image/image-request.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { isQuick, kindOf } from './cross-rules.ts';
import type { ImageInput } from './image-schema.ts';

/**
 * A checked image as the ledger and IMS take it: aliases resolved, tags in one list. Of each kind only
 * its own fields: the cross rules refuse all others.
 */
export function toRequest(image: ImageInput): ImageRequest {
  const { name, image_url, copy = 1, description, enterprise_project_id } = image;
  const { os_type, os_version, hw_firmware_type, architecture, type, license_type } = image;
  const { is_config, is_config_init, cmk_id, max_ram, min_ram, data_images } = image;
  const min_disk = gigabytes(image.min_disk);
  const named = { name, image_url, min_disk, copy, description, enterprise_project_id };
  const file = { ...named, tags: toTags(image.tags, image.image_tags), ...toSharing(image) };
  if (kindOf(image) === 'data') {
    const disk = { ...file, os_type: os_type === 'Other' ? undefined : os_type };
    return isQuick(image)
      ? { kind: 'data', quick_import: true, ...omitUndefined(disk) }
      : { kind: 'data', quick_import: false, ...omitUndefined({ ...disk, cmk_id }) };
  }
  const bootable = { ...file, os_type, os_version, hw_firmware_type, architecture };
  if (isQuick(image)) {
    const quickType = type === 'ECS' || type === 'BMS' ? type : undefined;
    const fields = omitUndefined({ ...bootable, type: quickType, license_type });
    return { kind: 'system', quick_import: true, ...fields };
  }
  const fields = omitUndefined({
    ...bootable,
    type: type === 'DataImage' ? undefined : type,
    ...{ is_config, is_config_init, cmk_id, max_ram, min_ram },
    data_images: data_images?.map(({ tags, image_tags, ...disk }) =>
      omitUndefined({
        ...disk,
        min_disk: gigabytes(disk.min_disk),
        tags: toTags(tags, image_tags),
      }),
    ),
  });
  return { kind: 'system', quick_import: false, ...fields };
}

/** Ids in the spelling of the cloud; nobody accepts where nobody gets it. */
function toSharing({ members = [], accept_as = [] }: ImageInput) {
  if (members.length === 0) return {};
  return {
    members: members.map((id) => id.toLowerCase()),
    accept_as: accept_as.length === 0 ? undefined : accept_as,
  };
}

function gigabytes(written: number | 'auto'): number {
  return written === 'auto' ? AUTO_DISK : written;
}

function toTags(
  tags: readonly string[] | undefined,
  pairs: readonly ImageTag[] | undefined,
): readonly ImageTag[] | undefined {
  return pairs ?? tags?.map(splitTag);
}
