import { LIMITS, QUICK_FILE, splitTag } from '../../shared/image/image-fields.ts';
import { COPY_TAG_KEY, MARKER_TAG_KEY } from '../../shared/image/import-key.ts';
import { copyIssues } from './copies.ts';
import type { ImageInput } from './image-schema.ts';
import { type FieldNote, type Path, show } from './issue.ts';

/** An image without the fields that are missing or wrong by themselves. */
export type PartialImage = Partial<ImageInput>;

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
  if (image.type === 'IsoImage')
    unfit.set('copies', 'with type IsoImage: IMS copies no ISO images');
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

/** Every rule between fields that the image breaks. */
export function* crossIssues(image: PartialImage): Generator<FieldNote> {
  yield* fieldIssues(image);
  yield* diskIssues(image);
  yield* tagIssues(image, []);
  yield* memberIssues(image);
  yield* copyIssues(image);
}

function* fieldIssues(image: PartialImage): Generator<FieldNote> {
  const { type, os_version, quick_import, is_quick_import, min_ram = 0, max_ram = 0 } = image;
  const isData = kindOf(image) === 'data';
  const isFast = isQuick(image);
  if (is_quick_import !== undefined && (quick_import ?? is_quick_import) !== is_quick_import) {
    yield no('is_quick_import', 'contradicts quick_import; keep one of the two');
  }
  if (type === 'DataImage' && image.kind === 'system') {
    yield no('type', 'is "DataImage", but kind is system; use kind: data');
  }
  const { min_disk = 0 } = image;
  if ((isFast || !isData) && min_disk !== 'auto' && min_disk > LIMITS.systemDiskGb) {
    const how = isData ? 'with quick_import' : 'for a system disk';
    yield no('min_disk', `is ${min_disk}; it must be 1 to 1024 GB ${how}`);
  }
  if (isData && image.os_type === 'Other') {
    yield no('os_type', 'is "Other"; it must be Linux or Windows for a data disk');
  }
  if (isFast && !isData && os_version === undefined) {
    yield no('os_version', 'is missing; quick_import of a system disk needs it (IMG.0159)');
  }
  if (isFast && !isData && !isQuickType(image)) {
    yield no('type', `is ${show(type)}; it must be ECS or BMS with quick_import`);
  }
  if (isFast && image.image_url !== undefined) yield* quickFile(['image_url'], image.image_url);
  if (type === 'IsoImage' && !isFast && os_version === undefined) {
    yield no('os_version', 'is missing; type IsoImage needs it (IMG.0166)');
  }
  if (type === 'IsoImage' && image.cmk_id !== undefined) {
    const why = 'ISO images cannot be encrypted (IMG.0167)';
    yield no('cmk_id', `cannot be used with type IsoImage: ${why}`);
  }
  if (image.license_type !== undefined && !/^Windows/.test(os_version ?? 'Windows')) {
    const what = show(image.license_type);
    yield no('license_type', `is ${what}, but only Windows images have a license_type`);
  }
  if (max_ram > 0 && min_ram > max_ram) {
    yield no('min_ram', `is ${min_ram}, more than max_ram (${max_ram})`);
  }
  if (image.architecture === 'arm' && image.hw_firmware_type === 'bios') {
    yield no('hw_firmware_type', 'is "bios"; architecture arm needs uefi');
  }
}

function no(field: string, message: string): FieldNote {
  return { path: [field], message };
}

/** IMS: fast import takes RAW and ZVHD2 only (IMG.0158). */
function* quickFile(path: Path, url: string): Generator<FieldNote> {
  if (QUICK_FILE.test(url)) return;
  yield {
    path,
    message: `is ${show(url)}; quick_import takes only .raw and .zvhd2 files (IMG.0158)`,
  };
}

/** IMS: no file twice in one create (IMG.0123); the rules of the fast import hold for disks too. */
function* diskIssues({ image_url, data_images = [] }: PartialImage): Generator<FieldNote> {
  const urls = [image_url];
  for (const [index, disk] of data_images.entries()) {
    const path = ['data_images', index, 'image_url'];
    if (urls.includes(disk.image_url)) {
      yield { path, message: `repeats ${show(disk.image_url)}; name each file once (IMG.0123)` };
    }
    urls.push(disk.image_url);
    if (disk.is_quick_import) yield* quickFile(path, disk.image_url);
    yield* tagIssues(disk, ['data_images', index]);
  }
}

function* tagIssues({ tags, image_tags }: Tagged, at: Path): Generator<FieldNote> {
  if (tags && image_tags) {
    const message = 'cannot be used together with tags; keep one of the two';
    yield { path: [...at, 'image_tags'], message };
    return;
  }
  const field = tags ? 'tags' : 'image_tags';
  const keys = tags?.map((tag) => splitTag(tag).key) ?? image_tags?.map(({ key }) => key) ?? [];
  for (const [index, key] of keys.entries()) {
    const path = [...at, field, index];
    // IMS may show `imsferry.KEY`, a tag without a value, as it shows our marker.
    const ours = [MARKER_TAG_KEY, COPY_TAG_KEY].find((one) => `${key}.`.startsWith(`${one}.`));
    if (ours !== undefined) {
      const message = `has the key "${key}", which ims-ferry reserves for its own marker`;
      yield { path, message };
    } else if (keys.indexOf(key) < index) {
      yield { path, message: `repeats the key ${show(key)}; each key can be used once` };
    }
  }
}

/** IMS: an encrypted image cannot be shared (IMG.0098). */
function* memberIssues({ members, accept_as, cmk_id }: PartialImage): Generator<FieldNote> {
  for (const [field, list = []] of [
    ['members', members],
    ['accept_as', accept_as],
  ] as const) {
    const all = list.map((one) => one.toLowerCase());
    for (const [index, one] of all.entries()) {
      if (all.indexOf(one) < index) {
        yield { path: [field, index], message: `repeats ${show(list[index])}; name each once` };
      }
    }
  }
  if (accept_as && accept_as.length > 0 && members === undefined) {
    yield no('accept_as', 'needs members: whose image should it accept?');
  }
  if (cmk_id !== undefined && members && members.length > 0) {
    const why = 'an encrypted image cannot be shared (IMG.0098)';
    yield no('members', `cannot be used with cmk_id: ${why}; write members: [] for this image`);
  }
}

type Tagged = Pick<PartialImage, 'tags' | 'image_tags'>;
