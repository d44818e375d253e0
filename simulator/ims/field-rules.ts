import type { SimulatorOptions } from '../options.ts';
import { isFields } from '../settings.ts';
import { isOsVersion } from './os-versions.ts';
import { type Api as AnyApi, type Body, MALFORMED, type Refusal, refusal } from './refusal.ts';
import { sourceRule } from './source-rules.ts';
import { tagRule } from './tags.ts';

/** Creates from a file; `copies.ts` has the rules of copies. */
type Api = Exclude<AnyApi, 'copy'>;

const NAME = /^[\p{L}\p{N}._-]([\p{L}\p{N}._ -]*[\p{L}\p{N}._-])?$/u;

/** The first rule of IMS that a create breaks; `undefined` if it breaks none. */
export function refusalOf(api: Api, body: Body, options: SimulatorOptions): Refusal | undefined {
  return (
    nameRule(body['name']) ??
    descriptionRule(body['description']) ??
    sourceRule(api, body, options) ??
    diskRule(body, diskRange(api, body, options)) ??
    memoryRule(body) ??
    osRule(api, body, options) ??
    typeRule(api, body) ??
    isoRule(body) ??
    keyRule(body) ??
    flagRule(body) ??
    tagRule(body, options.dialect) ??
    enterpriseRule(body, options) ??
    dataImagesRule(api, body, options)
  );
}

export function nameRule(name: unknown): Refusal | undefined {
  if (name === undefined || name === '') {
    return refusal('0013', 'The image name cannot be left blank.');
  }
  if (typeof name !== 'string') return refusal('0062', 'The image name is incorrect.');
  if (name.length > 128) return refusal('0002', 'The image name cannot exceed 128 characters.');
  return NAME.test(name)
    ? undefined
    : refusal('0003', 'The format of the image name is incorrect.');
}

export function descriptionRule(description: unknown): Refusal | undefined {
  if (description === undefined) return undefined;
  if (typeof description !== 'string' || /[\r\n<>]/.test(description)) {
    return refusal('0054', 'The format of the image description is incorrect.');
  }
  if (description.length <= 1024) return undefined;
  return refusal('0004', 'The image description cannot exceed 1024 characters.');
}

function diskRange(api: Api, body: Body, options: SimulatorOptions): readonly [number, number] {
  const isHuawei = options.dialect === 'huawei';
  const systemLower = isWindows(body) ? 20 : 10;
  const minDiskLower = Math.max(options.minDiskLower, isHuawei ? systemLower : 1);
  if (api === 'data') {
    return [isHuawei ? 40 : minDiskLower, 2048];
  }
  // IMS: fast import takes 1 to 1024 for either kind.
  return [api === 'quick' ? 1 : minDiskLower, 1024];
}

function isWindows({ os_type, os_version }: Body): boolean {
  return os_type === 'Windows' || String(os_version).startsWith('Windows');
}

const BAD_SIZE = refusal('0055', 'The memory or disk size is invalid.');

function diskRule(body: Body, [lowest, highest]: readonly [number, number]): Refusal | undefined {
  const disk = body['min_disk'];
  if (typeof disk !== 'number' || !Number.isInteger(disk)) return BAD_SIZE;
  return disk >= lowest && disk <= highest ? undefined : BAD_SIZE;
}

function memoryRule(body: Body): Refusal | undefined {
  const sizes = [body['min_ram'] ?? 0, body['max_ram'] ?? 0];
  if (!sizes.every((size) => Number.isInteger(size) && Number(size) >= 0)) return BAD_SIZE;
  const [min = 0, max = 0] = sizes.map(Number);
  return max > 0 && min > max ? BAD_SIZE : undefined;
}

function osRule(api: Api, body: Body, options: SimulatorOptions): Refusal | undefined {
  const { os_type, os_version } = body;
  const types = api === 'data' ? ['Linux', 'Windows'] : ['Linux', 'Windows', 'Other'];
  if (os_type !== undefined && !types.includes(String(os_type))) {
    return refusal('0122', 'The OS type is invalid.');
  }
  if (os_version !== undefined && !isOsVersion(os_version, options.dialect)) {
    return refusal('0056', 'Invalid OS version.');
  }
  const isQuick = api === 'quick' || body['is_quick_import'] === true;
  if (isQuick && api !== 'data' && body['type'] !== 'DataImage' && os_version === undefined) {
    return refusal('0159', 'The OS version is needed.');
  }
  if (body['type'] === 'IsoImage' && os_version === undefined) {
    return refusal('0166', 'The OS information of the ISO file is needed.');
  }
  return undefined;
}

/** IMS: an ISO file makes ISO images only, and those cannot be encrypted. */
function isoRule({ type, image_url, cmk_id }: Body): Refusal | undefined {
  const isIso = type === 'IsoImage';
  if (!isIso && /\.iso$/i.test(String(image_url))) {
    return refusal('0122', 'The OS type is invalid.');
  }
  return isIso && cmk_id !== undefined
    ? refusal('0167', 'This operation cannot be performed for ISO images.')
    : undefined;
}

function keyRule({ type, cmk_id }: Body): Refusal | undefined {
  return cmk_id !== undefined && (type === 'BMS' || type === 'Ironic')
    ? refusal('0118', 'The BMS image does not support KMS encryption.')
    : undefined;
}

const TYPES: Readonly<Record<Api, readonly unknown[]>> = {
  system: [undefined, 'ECS', 'FusionCompute', 'BMS', 'Ironic', 'IsoImage'],
  data: [undefined],
  quick: [undefined, 'ECS', 'BMS', 'DataImage'],
};

function typeRule(api: Api, body: Body): Refusal | undefined {
  const { type, hw_firmware_type, architecture, image_url } = body;
  if (!TYPES[api].includes(type)) return refusal('0024', 'The image type is incorrect.');
  if (![undefined, 'bios', 'uefi'].includes(hw_firmware_type as string | undefined)) {
    return refusal('0141', 'The value of hw_firmware_type is incorrect.');
  }
  if (![undefined, 'x86', 'arm'].includes(architecture as string | undefined)) {
    return refusal('0212', 'The value of architecture is incorrect.');
  }
  const isQuick = api === 'quick' || body['is_quick_import'] === true;
  return isQuick && !/\.(raw|zvhd2)$/i.test(String(image_url))
    ? refusal('0158', 'Fast image creation supports RAW and ZVHD2 files only.')
    : undefined;
}

function flagRule(body: Body): Refusal | undefined {
  const flags = [body['is_config'], body['is_config_init'], body['is_quick_import']];
  const isLicense = [undefined, 'platform', 'byol'].includes(
    body['license_type'] as string | undefined,
  );
  return isLicense && flags.every((flag) => flag === undefined || typeof flag === 'boolean')
    ? undefined
    : MALFORMED;
}

function enterpriseRule(body: Body, options: SimulatorOptions): Refusal | undefined {
  const wanted = body['enterprise_project_id'] ?? '0';
  const known = ['0', options.onlyEnterpriseProject, ...options.enterpriseProjects];
  return wanted !== '' && known.includes(String(wanted))
    ? undefined
    : refusal('0155', 'Failed to check the enterprise project ID validity.');
}

/** IMS: up to three data disks come along with a system disk. */
function dataImagesRule(api: Api, body: Body, options: SimulatorOptions): Refusal | undefined {
  const images = body['data_images'];
  if (images === undefined) return undefined;
  if (api !== 'system' || !Array.isArray(images) || !images.every(isFields)) return MALFORMED;
  if (images.length > 3) return refusal('0194', 'Too many images in one batch import.');
  const urls = [body, ...images].map((disk) => disk['image_url']);
  if (new Set(urls).size < urls.length) {
    return refusal('0123', 'Duplicate file address in the request.');
  }
  for (const disk of images) {
    const broken =
      (disk['name'] === undefined ? undefined : nameRule(disk['name'])) ??
      descriptionRule(disk['description']) ??
      sourceRule(api, disk, options) ??
      isoRule(disk) ??
      diskRule(disk, [1, 2048]) ??
      tagRule(disk, options.dialect);
    if (broken) return broken;
  }
  return undefined;
}
