import { membersOf, type StoredImage } from './image-store.ts';
import { hasReached, type ImageStatus, type Moment, phaseOf, taskImageStatus } from './job-life.ts';
import { type Tag, tagText } from './tags.ts';

export function statusOf(image: StoredImage, moment: Moment): ImageStatus {
  if (image.deletedAt !== undefined && moment.now >= image.deletedAt) return 'gone';
  if (moment.now < image.createdAt) return 'gone';
  return image.task ? taskImageStatus(image.task, moment) : 'active';
}

/** The word that IMS has for it. */
export function statusWord(image: StoredImage, moment: Moment): string {
  const status = statusOf(image, moment);
  return status === 'gone' ? status : (moment.options.statusWords[status] ?? status);
}

export function isRegistered({ task, fields }: StoredImage, moment: Moment): boolean {
  if (fields['__isregistered'] !== undefined) return String(fields['__isregistered']) === 'true';
  return hasReached(task ? phaseOf(task, moment) : 'SUCCESS', moment.options.registeredAt);
}

/** The tags that are visible by now. */
export function visibleTags(image: StoredImage, moment: Moment): readonly Tag[] {
  const phase = image.task ? phaseOf(image.task, moment) : 'SUCCESS';
  return hasReached(phase, moment.options.tagsVisibleAt) ? image.tags : [];
}

/** True once lists show it; a read by id may show it earlier. */
export function isListed(image: StoredImage, moment: Moment): boolean {
  const delay = image.task ? moment.options.listingDelayMs : 0;
  return moment.now >= image.createdAt + delay && statusOf(image, moment) !== 'gone';
}

export type ImageBody = Readonly<Record<string, unknown>>;

/** The image as IMS describes it. Attributes that are not set are left out. */
export function imageBody(image: StoredImage, moment: Moment): ImageBody {
  const { task } = image;
  const changedAt = task && moment.now >= task.endsAt ? task.endsAt : image.createdAt;
  const { tagForm } = moment.options;
  return {
    id: image.id,
    name: image.name,
    status: statusWord(image, moment),
    owner: image.owner,
    tags: visibleTags(image, moment).map((tag) => tagText(tag, tagForm)),
    ...COMMON,
    created_at: seconds(image.createdAt),
    updated_at: seconds(changedAt),
    ...(changedAt > image.createdAt ? { active_at: seconds(changedAt) } : {}),
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    __isregistered: String(isRegistered(image, moment)),
    ...(membersOf(image).length > 0 ? { visibility: 'shared', __imagetype: 'shared' } : {}),
    ...image.fields,
  };
}

/** IMS: size and checksum are meaningless, and max_ram is a string. */
export const COMMON = {
  visibility: 'private',
  protected: false,
  deleted: false,
  size: 0,
  checksum: 'd41d8cd98f00b204e9800998ecf8427e',
  virtual_size: null,
  container_format: 'bare',
  disk_format: 'zvhd2',
  min_ram: 0,
  max_ram: '0',
  schema: '/v2/schemas/image',
  hw_vif_multiqueue_enabled: 'false',
  virtual_env_type: 'FusionCompute',
  __image_size: '1073741824',
  __imagetype: 'private',
  __image_source_type: 'uds',
  __root_origin: 'file',
  __lazyloading: 'false',
  __originalimagename: '',
};

export function seconds(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 19)}Z`;
}

/** The attributes that an import takes from its request. */
export function importFields(
  body: Readonly<Record<string, unknown>>,
  kind: 'system' | 'data',
): ImageBody {
  const { os_version, description, cmk_id, hw_firmware_type, enterprise_project_id } = body;
  const osType = os_version === undefined || !/win/i.test(String(os_version)) ? 'Linux' : 'Windows';
  const fields = {
    min_disk: body['min_disk'],
    min_ram: body['min_ram'],
    max_ram: body['max_ram'] === undefined ? undefined : String(body['max_ram']),
    virtual_env_type: environmentOf(body, kind),
    __data_origin: `file,${String(body['image_url'])}`,
    __os_type: body['os_type'] ?? osType,
    __os_version: os_version,
    __os_bit: os_version === undefined ? undefined : /32/.test(String(os_version)) ? '32' : '64',
    __platform: os_version === undefined ? undefined : String(os_version).split(' ')[0],
    __is_config_init: body['is_config'] === undefined ? undefined : String(body['is_config']),
    __description: description,
    __system__cmkid: cmk_id,
    hw_firmware_type,
    enterprise_project_id,
    __support_arm: body['architecture'] === 'arm' ? 'true' : undefined,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function environmentOf(body: Readonly<Record<string, unknown>>, kind: 'system' | 'data'): string {
  if (kind === 'data') return 'DataImage';
  if (body['type'] === 'IsoImage') return 'IsoImage';
  return body['type'] === 'BMS' || body['type'] === 'Ironic' ? 'Ironic' : 'FusionCompute';
}
