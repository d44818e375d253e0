import { z } from 'zod';

/** IMS: name 1 to 128 characters; Huawei also allows Chinese. No space at an edge. */
export const NAME =
  /^[A-Za-z0-9\u3400-\u9fff._-](?:[A-Za-z0-9\u3400-\u9fff._ -]*[A-Za-z0-9\u3400-\u9fff._-])?$/;
/** OBS: bucket 3 to 63 of a-z 0-9 - . ; IMS: no spaces in folder and file names (IMG.0175). */
const IMAGE_URL = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]:(?!\/)[^\s:?*\\$`{}]+$/;
/** IMS: tag key at most 36, value at most 43 characters; the first dot splits. */
const TAG = /^[A-Za-z0-9_-]{1,36}(?:\.[A-Za-z0-9_.-]{0,43})?$/;
/** IMS: at most 10 tags an image; our marker costs one. */
export const MAX_TAGS = 9;
/** IMS: at most 3 data disks along with an image. */
export const MAX_DATA_IMAGES = 3;

/** IMS: the words of its enumerations. */
export const WORDS = {
  kind: ['system', 'data'],
  os_type: ['Linux', 'Windows', 'Other'],
  type: ['ECS', 'FusionCompute', 'BMS', 'Ironic', 'IsoImage', 'DataImage'],
  hw_firmware_type: ['bios', 'uefi'],
  architecture: ['x86', 'arm'],
} as const;

const name = z.string().min(1).max(128).regex(NAME);
const image_url = z.string().max(1088).regex(IMAGE_URL);
/** IMS: no line breaks, no < and >. */
const description = z
  .string()
  .max(1024)
  .regex(/^[^\r\n<>]*$/);
const tags = z.array(z.string().regex(TAG)).max(MAX_TAGS);
const image_tags = z
  .array(
    z.strictObject({
      key: z.string().regex(/^[A-Za-z0-9_-]{1,36}$/),
      value: z.string().regex(/^[A-Za-z0-9_.-]{0,43}$/),
    }),
  )
  .max(MAX_TAGS);
/** IMS: 1 to 1024 GB, data disks to 2048. */
const min_disk = z.int().min(1).max(2048);
const megabytes = z.int().min(0).max(67_108_864);
const uuid = z.string().regex(/^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/);

const dataImage = z.strictObject({
  image_url: image_url.meta({ description: 'bucket:object of the data disk' }),
  min_disk: min_disk.meta({ description: 'GB, 1 to 2048' }),
  name: name.optional(),
  description: description.optional(),
  is_quick_import: z.boolean().optional(),
  tags: tags.optional(),
  image_tags: image_tags.optional(),
});

/** One image of a manifest: every field of the three creation APIs, and ours. */
export const imageSchema = z.strictObject({
  name: name.meta({ description: 'Image name, 1 to 128 characters' }),
  image_url: image_url.meta({ description: 'The file in OBS: bucket:object' }),
  min_disk: min_disk.meta({ description: 'GB; 1 to 1024, data disks to 2048' }),
  kind: z.enum(WORDS.kind).optional().meta({ description: 'system disk (default) or data disk' }),
  quick_import: z
    .boolean()
    .optional()
    .meta({ description: 'Fast import of RAW and ZVHD2 files, up to 1 TB' }),
  copy: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .meta({ description: 'To import the same file several times: 1 (default), 2, …' }),
  priority: z
    .int()
    .min(1)
    .max(2_097_152)
    .optional()
    .meta({ description: 'Order in the queue: 1 comes before 2; none comes first' }),
  description: description.optional().meta({ description: 'At most 1024 characters' }),
  os_type: z.enum(WORDS.os_type).optional(),
  os_version: z
    .string()
    .min(1)
    .max(128)
    .optional()
    .meta({ description: 'As IMS lists it, such as "CentOS 7.6 64bit"' }),
  is_config: z.boolean().optional().meta({ description: 'Automatic configuration' }),
  is_config_init: z.boolean().optional().meta({ description: 'Legacy, still accepted by IMS' }),
  is_quick_import: z.boolean().optional().meta({ description: 'Same as quick_import' }),
  cmk_id: uuid.optional().meta({ description: 'KMS key of an encrypted image' }),
  tags: tags.optional().meta({ description: 'key.value; at most 9, one is used as a marker' }),
  image_tags: image_tags.optional().meta({ description: 'The same as pairs; use one of the two' }),
  type: z
    .enum(WORDS.type)
    .optional()
    .meta({ description: 'ECS (default); DataImage is the same as kind: data' }),
  enterprise_project_id: z
    .union([z.literal('0'), uuid])
    .optional()
    .meta({ description: '"0" is the default project' }),
  max_ram: megabytes.optional().meta({ description: 'MB' }),
  min_ram: megabytes.optional().meta({ description: 'MB; 0 (default) is no limit' }),
  data_images: z
    .array(dataImage)
    .max(MAX_DATA_IMAGES)
    .optional()
    .meta({ description: 'Data disks that are imported along' }),
  hw_firmware_type: z.enum(WORDS.hw_firmware_type).optional(),
  architecture: z.enum(WORDS.architecture).optional(),
});

export type ImageInput = z.infer<typeof imageSchema>;

/** IMS: every field of an image; any may stand in `defaults`. */
export const defaultsSchema = imageSchema.partial();

export const manifestSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._ -]{0,99}$/)
      .optional()
      .meta({ description: "Batch name; default: the file's name" }),
    count: z
      .int()
      .min(0)
      .optional()
      .meta({ description: 'How many images there are: guards against a file that is cut off' }),
    defaults: defaultsSchema
      .optional()
      .meta({ description: "Fields of all images; an image's own field replaces one" }),
    images: z
      .array(imageSchema.partial({ min_disk: true }))
      .min(1)
      .max(200_000),
  })
  .meta({ title: 'ims-ferry manifest' });

export const IMAGE_FIELDS = Object.keys(imageSchema.shape);
export const MANIFEST_FIELDS = Object.keys(manifestSchema.shape);
export const DATA_IMAGE_FIELDS = Object.keys(dataImage.shape);
