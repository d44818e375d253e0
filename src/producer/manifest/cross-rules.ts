import { LIMITS, QUICK_FILE, splitTag } from '../../shared/image/image-fields.ts';
import { MARKER_TAG_KEY } from '../../shared/image/import-key.ts';
import type { ImageInput } from './image-schema.ts';
import { type Path, show } from './issue.ts';

/** A rule between fields that an image breaks; the path begins at the image. */
export interface CrossIssue {
  readonly path: Path;
  readonly message: string;
}

/** An image without the fields that are missing or wrong by themselves. */
export type PartialImage = Partial<ImageInput>;
type Rule = (image: PartialImage) => CrossIssue | undefined;

function no(field: string, message: string): CrossIssue {
  return { path: [field], message };
}

/** `kind`, or what `type` says about it. */
export function kindOf(image: PartialImage): 'system' | 'data' {
  return image.kind ?? (image.type === 'DataImage' ? 'data' : 'system');
}

export function isQuick(image: PartialImage): boolean {
  return image.quick_import ?? image.is_quick_import ?? false;
}

/** IMS: the data disk APIs have none of these. */
const DATA_LACKS = [
  'os_version',
  'is_config',
  'is_config_init',
  'data_images',
  'architecture',
  'hw_firmware_type',
  'max_ram',
  'min_ram',
  'license_type',
] as const;
/** IMS: the fast import has none of these. */
const QUICK_LACKS = [
  'is_config',
  'is_config_init',
  'cmk_id',
  'data_images',
  'max_ram',
  'min_ram',
] as const;

/** Fields that the API for this kind of image does not know, and when they cannot be used. */
export function unfitFields(image: PartialImage): ReadonlyMap<string, string> {
  const unfit = new Map<string, string>();
  if (isQuick(image)) for (const field of QUICK_LACKS) unfit.set(field, 'with quick_import');
  else unfit.set('license_type', 'without quick_import');
  if (kindOf(image) === 'data') {
    for (const field of DATA_LACKS) unfit.set(field, 'for a data disk');
    if (image.type !== 'DataImage') unfit.set('type', 'for a data disk');
  }
  return unfit;
}

/** Defaults that this kind of image cannot have: unfit fields, and values for other kinds. */
export function unfitDefaults(image: PartialImage): readonly string[] {
  const isData = kindOf(image) === 'data';
  return [
    ...unfitFields(image).keys(),
    ...(isData && image.os_type === 'Other' ? ['os_type'] : []),
    ...(isQuick(image) && !isData && !isQuickType(image) ? ['type'] : []),
  ];
}

function isQuickType({ type }: PartialImage): boolean {
  return type === undefined || type === 'ECS' || type === 'BMS';
}

const RULES: readonly Rule[] = [
  (image) =>
    image.quick_import !== undefined &&
    image.is_quick_import !== undefined &&
    image.quick_import !== image.is_quick_import
      ? no('is_quick_import', 'contradicts quick_import; keep one of the two')
      : undefined,
  (image) =>
    image.type === 'DataImage' && image.kind === 'system'
      ? no('type', 'is "DataImage", but kind is system; use kind: data')
      : undefined,
  (image) => {
    const isPlainData = kindOf(image) === 'data' && !isQuick(image);
    const how = kindOf(image) === 'data' ? 'with quick_import' : 'for a system disk';
    return !isPlainData && (image.min_disk ?? 0) > LIMITS.systemDiskGb
      ? no('min_disk', `is ${image.min_disk}; it must be 1 to 1024 GB ${how}`)
      : undefined;
  },
  (image) =>
    kindOf(image) === 'data' && image.os_type === 'Other'
      ? no('os_type', 'is "Other"; it must be Linux or Windows for a data disk')
      : undefined,
  (image) =>
    isQuick(image) && kindOf(image) === 'system' && image.os_version === undefined
      ? no('os_version', 'is missing; quick_import of a system disk needs it (IMG.0159)')
      : undefined,
  (image) =>
    image.type === 'IsoImage' && !isQuick(image) && image.os_version === undefined
      ? no('os_version', 'is missing; type IsoImage needs it (IMG.0166)')
      : undefined,
  (image) =>
    image.type === 'IsoImage' && image.cmk_id !== undefined
      ? no('cmk_id', 'cannot be used with type IsoImage: ISO images cannot be encrypted (IMG.0167)')
      : undefined,
  (image) =>
    image.license_type !== undefined && !/^Windows/.test(image.os_version ?? 'Windows')
      ? no(
          'license_type',
          `is ${show(image.license_type)}, but only Windows images have a license_type`,
        )
      : undefined,
  (image) => (isQuick(image) ? quickFile(['image_url'], image.image_url) : undefined),
  (image) =>
    isQuick(image) && kindOf(image) === 'system' && !isQuickType(image)
      ? no('type', `is ${show(image.type)}; it must be ECS or BMS with quick_import`)
      : undefined,
  (image) =>
    image.max_ram && image.min_ram && image.min_ram > image.max_ram
      ? no('min_ram', `is ${image.min_ram}, more than max_ram (${image.max_ram})`)
      : undefined,
  (image) =>
    image.architecture === 'arm' && image.hw_firmware_type === 'bios'
      ? no('hw_firmware_type', 'is "bios"; architecture arm needs uefi')
      : undefined,
];

/** IMS: fast import takes RAW and ZVHD2 only (IMG.0158). */
function quickFile(path: Path, url: string | undefined): CrossIssue | undefined {
  if (url === undefined || QUICK_FILE.test(url)) return undefined;
  return {
    path,
    message: `is ${show(url)}; quick_import takes only .raw and .zvhd2 files (IMG.0158)`,
  };
}

/** IMS: no file twice in one create (IMG.0123); the rules of the fast import hold for disks too. */
function diskIssues(image: PartialImage): readonly CrossIssue[] {
  const urls = [image.image_url];
  const issues: CrossIssue[] = [];
  for (const [index, disk] of (image.data_images ?? []).entries()) {
    const path = ['data_images', index, 'image_url'];
    if (urls.includes(disk.image_url)) {
      const message = `repeats ${show(disk.image_url)}; name each file once (IMG.0123)`;
      issues.push({ path, message });
    }
    urls.push(disk.image_url);
    const quick = disk.is_quick_import ? quickFile(path, disk.image_url) : undefined;
    if (quick) issues.push(quick);
    issues.push(...tagIssues(disk, ['data_images', index]));
  }
  return issues;
}

interface Tagged {
  readonly tags?: readonly string[] | undefined;
  readonly image_tags?: readonly { readonly key: string }[] | undefined;
}

/** Rules between the tags of an image, or of a data disk imported along with it. */
function tagIssues({ tags, image_tags }: Tagged, at: Path): readonly CrossIssue[] {
  if (tags && image_tags) {
    const message = 'cannot be used together with tags; keep one of the two';
    return [{ path: [...at, 'image_tags'], message }];
  }
  const field = tags ? 'tags' : 'image_tags';
  const keys = tags?.map((tag) => splitTag(tag).key) ?? image_tags?.map(({ key }) => key) ?? [];
  const seen = new Set<string>();
  const issues: CrossIssue[] = [];
  for (const [index, key] of keys.entries()) {
    const path = [...at, field, index];
    if (key === MARKER_TAG_KEY) {
      const message = `has the key "${MARKER_TAG_KEY}", which ims-ferry reserves for its own marker`;
      issues.push({ path, message });
    } else if (seen.has(key)) {
      issues.push({ path, message: `repeats the key ${show(key)}; each key can be used once` });
    }
    seen.add(key);
  }
  return issues;
}

/** Every rule between fields that the image breaks. */
export function crossIssues(image: PartialImage): readonly CrossIssue[] {
  const issues: CrossIssue[] = [];
  for (const rule of RULES) {
    const issue = rule(image);
    if (issue) issues.push(issue);
  }
  if (image.data_images) issues.push(...diskIssues(image));
  if (image.tags || image.image_tags) issues.push(...tagIssues(image, []));
  return issues;
}
