import { MARKER_TAG_KEY } from '../../shared/image/import-key.ts';
import type { ImageInput } from './image-schema.ts';
import { show } from './issue.ts';

/** A rule between fields that an image breaks. */
export interface CrossIssue {
  readonly field: string;
  readonly message: string;
}

type Partly = Partial<ImageInput>;
type Rule = (image: Partly) => CrossIssue | undefined;
const no = (field: string, message: string): CrossIssue => ({ field, message });

/** `kind`, or what its alias says. */
export function kindOf(image: Partly): 'system' | 'data' {
  return image.kind ?? (image.type === 'DataImage' ? 'data' : 'system');
}

export function isQuick(image: Partly): boolean {
  return image.quick_import ?? image.is_quick_import ?? false;
}

const DATA_ONLY_LACKS = [
  'os_version',
  'is_config',
  'is_config_init',
  'data_images',
  'architecture',
  'hw_firmware_type',
  'max_ram',
  'min_ram',
] as const;
const QUICK_LACKS = [
  'is_config',
  'is_config_init',
  'cmk_id',
  'data_images',
  'max_ram',
  'min_ram',
] as const;

/** Fields that the API of this kind of image does not know. */
export function unfitFields(image: Partly): readonly string[] {
  const unfit = new Set<string>();
  if (isQuick(image)) for (const field of QUICK_LACKS) unfit.add(field);
  if (kindOf(image) === 'data') {
    for (const field of DATA_ONLY_LACKS) unfit.add(field);
    if (image.type !== 'DataImage') unfit.add('type');
  }
  return [...unfit];
}

const RULES: readonly Rule[] = [
  (image) =>
    image.quick_import !== undefined &&
    image.is_quick_import !== undefined &&
    image.quick_import !== image.is_quick_import
      ? no('is_quick_import', 'contradicts quick_import; use one of the two')
      : undefined,
  (image) =>
    image.type === 'DataImage' && image.kind === 'system'
      ? no('type', 'is DataImage, but kind is system; use kind: data')
      : undefined,
  (image) =>
    image.tags && image.image_tags
      ? no('image_tags', 'stands beside tags; use one of the two')
      : undefined,
  (image) =>
    kindOf(image) === 'system' && (image.min_disk ?? 0) > 1024
      ? no('min_disk', `is ${image.min_disk}; allowed is 1 to 1024 for a system disk`)
      : undefined,
  (image) =>
    kindOf(image) === 'data' && isQuick(image) && (image.min_disk ?? 0) > 1024
      ? no('min_disk', `is ${image.min_disk}; allowed is 1 to 1024 with quick_import`)
      : undefined,
  (image) =>
    kindOf(image) === 'data' && image.os_type === 'Other'
      ? no('os_type', 'is "Other"; allowed is Linux, Windows for a data disk')
      : undefined,
  (image) =>
    isQuick(image) && kindOf(image) === 'system' && image.os_version === undefined
      ? no('os_version', 'is missing; quick_import of a system disk needs it (IMG.0159)')
      : undefined,
  (image) =>
    image.type === 'IsoImage' && image.os_version === undefined
      ? no('os_version', 'is missing; an ISO image needs it (IMG.0166)')
      : undefined,
  (image) =>
    isQuick(image) && image.image_url !== undefined && !/\.(raw|zvhd2)$/i.test(image.image_url)
      ? no('image_url', `is ${show(image.image_url)}; quick_import takes .raw and .zvhd2 files`)
      : undefined,
  (image) =>
    isQuick(image) && kindOf(image) === 'system' && image.type && !/^(ECS|BMS)$/.test(image.type)
      ? no('type', `is ${show(image.type)}; allowed is ECS, BMS with quick_import`)
      : undefined,
  (image) =>
    image.max_ram && image.min_ram && image.min_ram > image.max_ram
      ? no('min_ram', `is ${image.min_ram}, above max_ram, which is ${image.max_ram}`)
      : undefined,
  (image) =>
    image.architecture === 'arm' && image.hw_firmware_type === 'bios'
      ? no('hw_firmware_type', 'is "bios"; arm needs uefi')
      : undefined,
  (image) => {
    const path = image.image_url?.slice(image.image_url.indexOf(':') + 1).split('/') ?? [];
    return path.includes('..') || path.includes('.')
      ? no('image_url', `is ${show(image.image_url)}; the object must not hold . or .. as a folder`)
      : undefined;
  },
  (image) => {
    const urls = [image.image_url, ...(image.data_images ?? []).map((disk) => disk.image_url)];
    return new Set(urls).size < urls.length
      ? no('data_images', 'name one file twice (IMG.0123)')
      : undefined;
  },
  (image) => {
    const keys = [
      ...(image.tags ?? []).map((tag) => tag.split('.')[0] ?? ''),
      ...(image.image_tags ?? []).map((tag) => tag.key),
    ];
    const field = image.tags ? 'tags' : 'image_tags';
    if (keys.includes(MARKER_TAG_KEY)) {
      return no(field, `use the key "${MARKER_TAG_KEY}", which is reserved for the marker`);
    }
    const double = keys.find((key, index) => keys.indexOf(key) !== index);
    return double === undefined ? undefined : no(field, `name the key ${show(double)} twice`);
  },
];

/** Every rule between fields that the image breaks. */
export function crossIssues(image: Partly): readonly CrossIssue[] {
  return RULES.map((rule) => rule(image)).filter((issue) => issue !== undefined);
}
