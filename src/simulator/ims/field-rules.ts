import type { SimulatorOptions } from '../options.ts';

export type Body = Readonly<Record<string, unknown>>;

export function isBody(body: unknown): body is Body {
  return body !== null && typeof body === 'object' && !Array.isArray(body);
}

export type Api = 'system' | 'data' | 'quick';
export interface Refusal {
  readonly code: string;
  readonly message: string;
}

const NAME = /^[\p{L}\p{N}._-]([\p{L}\p{N}._ -]*[\p{L}\p{N}._-])?$/u;
const TAG = /^[A-Za-z0-9_-]+$/;
const BUCKET = /^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/;
const no = (code: string, message: string): Refusal => ({ code: `IMG.${code}`, message });

/** The first rule of IMS that a create breaks; `undefined` when it is fit. */
export function refusalOf(api: Api, body: Body, options: SimulatorOptions): Refusal | undefined {
  return (
    nameRule(body['name']) ??
    descriptionRule(body['description']) ??
    urlRule(body['image_url']) ??
    diskRule(api, body, options) ??
    osRule(api, body) ??
    typeRule(api, body) ??
    tagRule(body) ??
    dataImagesRule(api, body)
  );
}

function nameRule(name: unknown): Refusal | undefined {
  if (name === undefined || name === '') return no('0013', 'The image name cannot be left blank.');
  if (typeof name !== 'string') return no('0062', 'The image name is incorrect.');
  if (name.length > 128) return no('0002', 'The image name cannot exceed 128 characters.');
  return NAME.test(name) ? undefined : no('0003', 'The format of the image name is incorrect.');
}

function descriptionRule(description: unknown): Refusal | undefined {
  if (description === undefined) return undefined;
  if (typeof description !== 'string' || /[\r\n<>]/.test(description)) {
    return no('0054', 'The format of the image description is incorrect.');
  }
  if (description.length <= 1024) return undefined;
  return no('0004', 'The image description cannot exceed 1024 characters.');
}

function urlRule(url: unknown): Refusal | undefined {
  if (typeof url !== 'string' || !url.includes(':')) {
    return no('0017', 'The URL format is incorrect.');
  }
  const colon = url.indexOf(':');
  const [bucket, key] = [url.slice(0, colon), url.slice(colon + 1)];
  if (bucket === '') return no('0068', 'The bucket name cannot be left blank.');
  if (!BUCKET.test(bucket)) return no('0109', 'The bucket name contains invalid characters.');
  if (key === '' || key.startsWith('/')) return no('0017', 'The URL format is incorrect.');
  if (/\s/.test(key)) return no('0175', 'Folder and file names cannot contain spaces.');
  if (key.includes('missing')) {
    return no('0057', 'The image file does not exist, is empty, or cannot be accessed.');
  }
  if (key.includes('forbidden')) return no('0026', 'The role is invalid.');
  return undefined;
}

function diskRule(api: Api, body: Body, options: SimulatorOptions): Refusal | undefined {
  const disk = body['min_disk'];
  const highest = api === 'data' ? 2048 : 1024;
  const lowest = api === 'quick' ? 1 : options.minDiskLower;
  if (!isWhole(disk, lowest, highest)) return no('0055', 'The memory or disk size is invalid.');
  const [min, max] = [body['min_ram'], body['max_ram']];
  if (typeof min !== 'number' || typeof max !== 'number' || max === 0 || min <= max) {
    return undefined;
  }
  return no('0055', 'The memory or disk size is invalid.');
}

function isWhole(value: unknown, lowest: number, highest: number): boolean {
  return (
    typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest
  );
}

function osRule(api: Api, body: Body): Refusal | undefined {
  const { os_type, os_version } = body;
  const types = api === 'data' ? ['Linux', 'Windows'] : ['Linux', 'Windows', 'Other'];
  if (os_type !== undefined && !types.includes(String(os_type))) {
    return no('0122', 'The OS type is invalid.');
  }
  if (os_version !== undefined && !/bit\)?$/.test(String(os_version))) {
    return no('0056', 'Invalid OS version.');
  }
  const isQuickSystem = api === 'quick' && body['type'] !== 'DataImage';
  if (isQuickSystem && os_version === undefined) return no('0159', 'The OS version is needed.');
  if (body['type'] === 'IsoImage' && os_version === undefined) {
    return no('0166', 'The OS information of the ISO file is needed.');
  }
  return undefined;
}

function typeRule(api: Api, body: Body): Refusal | undefined {
  const allowed: Record<Api, readonly string[]> = {
    system: ['ECS', 'FusionCompute', 'BMS', 'Ironic', 'IsoImage'],
    data: [],
    quick: ['ECS', 'BMS', 'DataImage'],
  };
  const { type, hw_firmware_type, architecture, image_url } = body;
  if (type !== undefined && !allowed[api].includes(String(type))) {
    return no('0024', 'The image type is incorrect.');
  }
  if (hw_firmware_type !== undefined && !['bios', 'uefi'].includes(String(hw_firmware_type))) {
    return no('0141', 'The value of hw_firmware_type is incorrect.');
  }
  if (architecture !== undefined && !['x86', 'arm'].includes(String(architecture))) {
    return no('0212', 'The value of architecture is incorrect.');
  }
  if (api === 'quick' && !/\.(raw|zvhd2)$/i.test(String(image_url))) {
    return no('0158', 'Fast image creation supports RAW and ZVHD2 files only.');
  }
  return undefined;
}

/** The tags of a create as pairs, whichever of the two fields they came in. */
export function tagsOf(body: Body): readonly { key: string; value: string }[] {
  const { tags, image_tags } = body;
  if (Array.isArray(image_tags)) {
    return image_tags.map((tag: unknown) => {
      const { key, value } = isBody(tag) ? tag : {};
      return { key: String(key ?? '').trim(), value: String(value ?? '').trim() };
    });
  }
  if (!Array.isArray(tags)) return [];
  return tags.map((tag) => {
    const text = String(tag);
    const dot = text.indexOf('.');
    return dot < 0
      ? { key: text, value: '' }
      : { key: text.slice(0, dot), value: text.slice(dot + 1) };
  });
}

function tagRule(body: Body): Refusal | undefined {
  if (body['tags'] !== undefined && body['image_tags'] !== undefined) {
    return no('0115', 'tags and image_tags cannot be used together.');
  }
  const tags = tagsOf(body);
  if (tags.length > 10) return no('0116', 'The number of tags exceeds the limit.');
  const bad = tags.some(
    ({ key, value }) =>
      !TAG.test(key) ||
      key.length > 36 ||
      value.length > 43 ||
      (value !== '' && !/^[A-Za-z0-9_.-]+$/.test(value)),
  );
  return bad ? no('0115', 'The image tag is invalid.') : undefined;
}

function dataImagesRule(api: Api, body: Body): Refusal | undefined {
  const { data_images } = body;
  if (data_images === undefined) return undefined;
  if (api !== 'system' || !Array.isArray(data_images) || !data_images.every(isBody)) {
    return no('0001', 'The request message format is invalid.');
  }
  if (data_images.length > 3) return no('0194', 'Too many images in one batch import.');
  const urls = [body['image_url'], ...data_images.map((disk) => disk['image_url'])];
  if (new Set(urls).size < urls.length) return no('0123', 'Duplicate file address in the request.');
  return data_images.map(dataImageRule).find(Boolean);
}

function dataImageRule(disk: Body): Refusal | undefined {
  const size = isWhole(disk['min_disk'], 1, 2048)
    ? undefined
    : no('0055', 'The memory or disk size is invalid.');
  const { name, description } = disk;
  return (
    urlRule(disk['image_url']) ??
    size ??
    (name === undefined ? undefined : nameRule(name)) ??
    descriptionRule(description) ??
    tagRule(disk)
  );
}

/** What the file itself does to an import once it runs; part of the simulator, not of IMS. */
export function failureOf(body: Body): { code: string; reason: string } | undefined {
  const url = String(body['image_url']);
  if (url.includes('broken')) {
    return { code: 'IMG.0072', reason: 'The image file format is not supported.' };
  }
  return undefined;
}
