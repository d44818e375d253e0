import { z } from 'zod';
import * as fields from '../../shared/image/image-fields.ts';

const { LIMITS, WORDS } = fields;

/** A pattern is slow on a very long text, so it is never tried on one. */
const upToCharacters = (most: number) => z.string().max(most, { abort: true });

const name = upToCharacters(LIMITS.name).min(1).regex(fields.NAME);
const bucket = z.string().regex(fields.BUCKET_NAME);
const image_url = z.string().regex(fields.IMAGE_URL);
const description = upToCharacters(LIMITS.description).regex(fields.DESCRIPTION);
const tag = z.string().regex(fields.TAG);
const pair = z.strictObject({
  key: z.string().regex(fields.TAG_KEY),
  value: z.string().regex(fields.TAG_VALUE),
});
const upTo = (most: number, least = 1) => z.int().min(least).max(most);
/** `auto`: the size of the disk in the file, read from its header when it is planned or submitted. */
const gigabytes = z.union([upTo(LIMITS.dataDiskGb), z.literal('auto')]);
const uuid = z.string().regex(fields.UUID);

function text<T extends z.ZodType>(schema: T, description: string): T {
  return schema.meta({ description });
}

/** IMS: a data disk that is imported along with a system disk. */
const dataImage = z.strictObject({
  image_url: text(image_url, 'The file of the data disk in OBS: bucket:object'),
  min_disk: text(gigabytes, 'GB, 1 to 2048; or auto'),
  name: text(name.optional(), 'Name of the data disk image; without it IMS chooses one'),
  description: text(description.optional(), 'One line of at most 1024 characters'),
  is_quick_import: text(z.boolean().optional(), 'Fast import of a RAW or ZVHD2 file'),
  tags: text(z.array(tag).max(LIMITS.dataImageTags).optional(), 'key.value; at most 20 (OTC: 10)'),
  image_tags: text(
    z.array(pair).max(LIMITS.dataImageTags).optional(),
    'Tags as pairs {key, value}; use this or tags',
  ),
});

/** A copy of the image, made once it is imported. */
const copied = z.strictObject({
  cloud: text(
    z.string().regex(fields.CLOUD_NAME).optional(),
    'To another region: its entry in clouds.yaml, which the workers need as well',
  ),
  agency: text(
    z.string().regex(fields.AGENCY_NAME).optional(),
    'With cloud: the agency by which IMS may act for the account in the other region',
  ),
  project: text(
    z.string().regex(fields.PROJECT_NAME).optional(),
    'With cloud: the project there; default: the one of its entry in clouds.yaml',
  ),
  cmk_id: text(uuid.optional(), 'Within the region: the KMS key of the encrypted copy'),
  name: text(
    name.optional(),
    'Name of the copy; default: that of the image, with -encrypted within the region',
  ),
  description: text(description.optional(), 'Default: that of the image; our marker is added'),
});

const quickHelp = 'Fast import of RAW and ZVHD2 files, up to 1 TB; needs os_version';

/** One image of a manifest: every field of the three APIs that create images, and our own. */
export const imageSchema = z.strictObject({
  name: text(
    name,
    "Image name: 1 to 128 letters, digits, spaces and - . _; default: the file's name without its ending",
  ),
  image_url: text(
    image_url,
    'The file in OBS: bucket:object, such as my-bucket:images/web.qcow2; or obs://bucket/object, its https address, or only the object where bucket is set',
  ),
  bucket: text(bucket.optional(), 'The bucket of files whose image_url names none'),
  min_disk: text(
    gigabytes,
    'GB: 1 to 1024, data disks to 2048; at least the size of the disk in the file. auto: that size, rounded up',
  ),
  kind: text(z.enum(WORDS.kind).optional(), 'A system disk (default) or a data disk'),
  quick_import: text(z.boolean().optional(), quickHelp),
  copy: text(
    upTo(LIMITS.copy).optional(),
    'To import the same file several times: 1 (default), 2, …',
  ),
  priority: text(
    upTo(LIMITS.priority).optional(),
    'Order in the queue, over all batches: images without one come first, then 1, then 2, …',
  ),
  description: text(description.optional(), 'One line of at most 1024 characters, without < and >'),
  os_type: text(z.enum(WORDS.os_type).optional(), 'Data disks: Linux (default) or Windows'),
  os_version: text(
    upToCharacters(LIMITS.osVersion).regex(fields.OS_VERSION).optional(),
    'As IMS lists it, such as "CentOS 7.6 64bit"; needed with quick_import and for IsoImage',
  ),
  is_config: text(z.boolean().optional(), 'Automatic configuration; default false'),
  is_config_init: text(z.boolean().optional(), 'Legacy, still accepted by IMS'),
  is_quick_import: text(z.boolean().optional(), 'The API’s name of quick_import'),
  cmk_id: text(uuid.optional(), 'KMS key of an encrypted image'),
  tags: text(
    z.array(tag).max(LIMITS.tags).optional(),
    'key.value, split at the first dot, or a mapping of keys and values; at most 19 (OTC: 9), since one more is used as a marker',
  ),
  image_tags: text(
    z.array(pair).max(LIMITS.tags).optional(),
    'Tags as pairs {key, value}; use this or tags',
  ),
  type: text(
    z.enum(WORDS.type).optional(),
    'ECS (default) = FusionCompute; BMS = Ironic; IsoImage; DataImage is the same as kind: data',
  ),
  enterprise_project_id: text(
    z.union([z.literal('0'), uuid]).optional(),
    'A UUID; "0" is the default project',
  ),
  max_ram: text(upTo(LIMITS.ramMb, 0).optional(), 'MB; 0 is no limit'),
  min_ram: text(upTo(LIMITS.ramMb, 0).optional(), 'MB; 0 (default) is no limit'),
  data_images: text(
    z.array(dataImage).max(LIMITS.dataImages).optional(),
    'Data disks to import along with this system disk; at most 3',
  ),
  copies: text(
    z.array(copied).max(LIMITS.copies).optional(),
    'Copies of the image: encrypted ones with cmk_id, others in another region with cloud and agency; at most 10',
  ),
  hw_firmware_type: text(z.enum(WORDS.hw_firmware_type).optional(), 'bios or uefi; arm needs uefi'),
  architecture: text(z.enum(WORDS.architecture).optional(), 'x86 (default) or arm'),
  members: text(
    z.array(z.string().regex(fields.PROJECT_ID)).max(LIMITS.members).optional(),
    'Ids of projects that the image is shared with once it is imported; not for encrypted images',
  ),
  accept_as: text(
    z.array(z.string().regex(fields.CLOUD_NAME)).max(LIMITS.members).optional(),
    'Entries of the clouds.yaml of the workers: each accepts the image for its own project, which is one of members',
  ),
  license_type: text(
    z.enum(WORDS.license_type).optional(),
    'Windows by quick_import: platform (the license of the cloud) or byol (your own)',
  ),
});

export type ImageInput = z.infer<typeof imageSchema>;

/** Any field of an image; an image's own field replaces it. */
export const defaultsSchema = imageSchema.partial().meta({ id: 'image' });

/** How many images of a family are kept when `prune` runs. */
export const retentionSchema = z.strictObject({
  family: text(
    upToCharacters(LIMITS.name).min(1).regex(fields.FAMILY),
    'Image names with * and ?, such as debian-12-*',
  ),
  keep_last: text(upTo(LIMITS.keepLast), 'How many of the newest images are kept; at least 1'),
});

export const manifestSchema = z.strictObject({
  name: text(
    z.string().regex(fields.BATCH_NAME).optional(),
    "Batch name; default: the file's name, with a hash if that is not a valid batch name",
  ),
  cloud: text(
    z.string().regex(fields.CLOUD_NAME).optional(),
    'An entry of clouds.yaml; default: the cloud that the workers log in to',
  ),
  notify: text(
    z.string().regex(fields.NOTIFY_NAME).optional(),
    "Who else is notified of this batch: a name of the workers' settings (IMS_FERRY_NOTIFY_URL_NAME)",
  ),
  count: text(
    z.int().min(0).optional(),
    'How many images the file has: guards against a file that was cut off',
  ),
  retention: text(
    z.array(retentionSchema).min(1).max(LIMITS.retentionRules).optional(),
    'How many images of each family of names are kept; only ims-ferry prune deletes the others',
  ),
  defaults: text(
    defaultsSchema.optional(),
    "Fields for all images; an image's own field replaces one. A default that does not fit the kind of an image is left out",
  ),
  // A needed field may come from the defaults: `manifestJsonSchema` adds that as conditions.
  images: text(
    z.array(defaultsSchema).min(1).max(LIMITS.images),
    'The images to import, in any order',
  ),
});

/** Fields that every image must have, its own or from the defaults. */
export const NEEDED_FIELDS = ['image_url', 'min_disk'] as const;
export const IMAGE_FIELDS = Object.keys(imageSchema.shape);
export const MANIFEST_FIELDS = Object.keys(manifestSchema.shape);
export const RETENTION_FIELDS = Object.keys(retentionSchema.shape);
export const DATA_IMAGE_FIELDS = Object.keys(dataImage.shape);
export const COPY_FIELDS = Object.keys(copied.shape);
export const PAIR_FIELDS = Object.keys(pair.shape);
