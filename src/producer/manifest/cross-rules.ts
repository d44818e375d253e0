import { LIMITS, QUICK_FILE } from '../../shared/image/image-fields.ts';
import type { ImageInput } from './image-schema.ts';
import { type Path, show } from './issue.ts';
import { tagIssues } from './tag-rules.ts';

/** A rule between fields that an image breaks; the path begins at the image. */
export interface CrossIssue {
  readonly path: Path;
  readonly message: string;
}

/** Fields may be missing, and those that are wrong by themselves are left out. */
export type Partly = Partial<ImageInput>;
type Rule = (image: Partly) => CrossIssue | undefined;

function no(field: string, message: string): CrossIssue {
  return { path: [field], message };
}

/** `kind`, or what its alias says. */
export function kindOf(image: Partly): 'system' | 'data' {
  return image.kind ?? (image.type === 'DataImage' ? 'data' : 'system');
}

export function isQuick(image: Partly): boolean {
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

/** Fields that the API of this kind of image does not know, and what they do not go with. */
export function unfitFields(image: Partly): ReadonlyMap<string, string> {
  const unfit = new Map<string, string>();
  if (isQuick(image)) for (const field of QUICK_LACKS) unfit.set(field, 'quick_import');
  else unfit.set('license_type', 'an import without quick_import');
  if (kindOf(image) === 'data') {
    for (const field of DATA_LACKS) unfit.set(field, 'a data disk');
    if (image.type !== 'DataImage') unfit.set('type', 'a data disk');
  }
  return unfit;
}

/** Defaults that this kind of image cannot have: unfit fields, and values that others may have. */
export function unfitDefaults(image: Partly): readonly string[] {
  const isData = kindOf(image) === 'data';
  return [
    ...unfitFields(image).keys(),
    ...(isData && image.os_type === 'Other' ? ['os_type'] : []),
    ...(isQuick(image) && !isData && !isQuickType(image) ? ['type'] : []),
  ];
}

function isQuickType({ type }: Partly): boolean {
  return type === undefined || type === 'ECS' || type === 'BMS';
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
      ? no('type', 'is "DataImage", but kind is system; use kind: data')
      : undefined,
  (image) => {
    const isPlainData = kindOf(image) === 'data' && !isQuick(image);
    const how = kindOf(image) === 'data' ? 'with quick_import' : 'for a system disk';
    return !isPlainData && (image.min_disk ?? 0) > LIMITS.systemDiskGb
      ? no('min_disk', `is ${image.min_disk}; allowed is 1 to 1024 GB ${how}`)
      : undefined;
  },
  (image) =>
    kindOf(image) === 'data' && image.os_type === 'Other'
      ? no('os_type', 'is "Other"; allowed is Linux, Windows for a data disk')
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
      ? no('cmk_id', 'does not go with type IsoImage: ISO images cannot be encrypted (IMG.0167)')
      : undefined,
  (image) =>
    image.license_type !== undefined && !/^Windows/.test(image.os_version ?? 'Windows')
      ? no('license_type', `is ${show(image.license_type)}, but only Windows has a license_type`)
      : undefined,
  (image) => (isQuick(image) ? quickFile(['image_url'], image.image_url) : undefined),
  (image) =>
    isQuick(image) && kindOf(image) === 'system' && !isQuickType(image)
      ? no('type', `is ${show(image.type)}; allowed is ECS, BMS with quick_import`)
      : undefined,
  (image) =>
    image.max_ram && image.min_ram && image.min_ram > image.max_ram
      ? no('min_ram', `is ${image.min_ram}, above max_ram, which is ${image.max_ram}`)
      : undefined,
  (image) =>
    image.architecture === 'arm' && image.hw_firmware_type === 'bios'
      ? no('hw_firmware_type', 'is "bios"; architecture arm needs uefi')
      : undefined,
];

/** IMS: fast import takes RAW and ZVHD2 only (IMG.0158). */
function quickFile(path: Path, url: string | undefined): CrossIssue | undefined {
  if (url === undefined || QUICK_FILE.test(url)) return undefined;
  return { path, message: `is ${show(url)}; quick_import takes .raw and .zvhd2 files (IMG.0158)` };
}

/** IMS: no address twice in one create (IMG.0123); disks follow the rules of the fast import, too. */
function diskIssues(image: Partly): readonly CrossIssue[] {
  const urls = [image.image_url];
  const issues: CrossIssue[] = [];
  for (const [index, disk] of (image.data_images ?? []).entries()) {
    const path = ['data_images', index, 'image_url'];
    if (urls.includes(disk.image_url)) {
      const message = `is ${show(disk.image_url)} once more; name each file once (IMG.0123)`;
      issues.push({ path, message });
    }
    urls.push(disk.image_url);
    const quick = disk.is_quick_import ? quickFile(path, disk.image_url) : undefined;
    if (quick) issues.push(quick);
    issues.push(...tagIssues(disk, ['data_images', index]));
  }
  return issues;
}

/** Every rule between fields that the image breaks. */
export function crossIssues(image: Partly): readonly CrossIssue[] {
  const issues: CrossIssue[] = [];
  for (const rule of RULES) {
    const issue = rule(image);
    if (issue) issues.push(issue);
  }
  if (image.data_images) issues.push(...diskIssues(image));
  if (image.tags || image.image_tags) issues.push(...tagIssues(image, []));
  return issues;
}
