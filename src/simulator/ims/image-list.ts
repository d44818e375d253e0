import type { SimulatorOptions } from '../options.ts';
import type { StoredImage } from './cloud.ts';
import { imageStatus, phaseOf } from './job-life.ts';

/** What a reader sees of an image at a moment; `undefined` when it is not there (yet, any more). */
export function imageBody(
  image: StoredImage,
  now: number,
  options: SimulatorOptions,
): Readonly<Record<string, unknown>> | undefined {
  const { task, body } = image;
  const status = task ? imageStatus(task, now, options) : 'active';
  if (status === 'gone') return undefined;
  const created = new Date(image.createdAt).toISOString().replace(/\.\d+Z$/, 'Z');
  return {
    id: image.id,
    name: body['name'],
    status,
    owner: image.owner,
    visibility: 'private',
    protected: false,
    tags: visibleTags(image, now, options),
    min_disk: body['min_disk'],
    min_ram: body['min_ram'] ?? 0,
    max_ram: String(body['max_ram'] ?? 0),
    size: 0,
    checksum: 'd41d8cd98f00b204e9800998ecf8427e',
    container_format: 'bare',
    disk_format: 'zvhd2',
    created_at: created,
    updated_at: created,
    self: `/v2/images/${image.id}`,
    file: `/v2/images/${image.id}/file`,
    schema: '/v2/schemas/image',
    virtual_size: null,
    virtual_env_type: image.kind === 'data' ? 'DataImage' : 'FusionCompute',
    __image_size: '1073741824',
    __isregistered: 'true',
    __imagetype: 'private',
    __image_source_type: 'uds',
    __root_origin: 'file',
    __data_origin: body['__data_origin'] ?? `file,${String(body['image_url'])}`,
    __os_type: body['os_type'] ?? 'Linux',
    ...(body['os_version'] === undefined ? {} : { __os_version: body['os_version'] }),
    ...(body['description'] === undefined ? {} : { __description: body['description'] }),
  };
}

function visibleTags(image: StoredImage, now: number, options: SimulatorOptions): string[] {
  const phase = image.task ? phaseOf(image.task, now, options.initShare) : 'SUCCESS';
  const reached = phase === 'INIT' ? 0 : phase === 'RUNNING' ? 1 : 2;
  const order = { init: 0, running: 1, end: 2 };
  if (reached < order[options.tagsVisibleAt]) return [];
  const glue = options.tagForm === 'k=v' ? '=' : '.';
  return image.tags.map(({ key, value }) => `${key}${glue}${value}`);
}

/** True once the list shows it; a read by id may be earlier. */
export function isListed(image: StoredImage, now: number, options: SimulatorOptions): boolean {
  return now >= image.createdAt + (image.task ? options.listingDelayMs : 0);
}

type Listed = Readonly<Record<string, unknown>>;

/** IMS: the filters of GET /v2/cloudimages. Unknown ones are ignored. */
export function matches(image: Listed, query: URLSearchParams): boolean {
  for (const [name, wanted] of query) {
    if (EXACT.has(name) && String(image[name]) !== wanted) return false;
    if (name === 'tag' && !hasTag(image, wanted)) return false;
    if (name === 'created_at' && !isWithin(String(image['created_at']), wanted)) return false;
  }
  return true;
}

const EXACT = new Set([
  'id',
  'name',
  'status',
  'owner',
  'visibility',
  'protected',
  '__imagetype',
  '__isregistered',
  'container_format',
  'disk_format',
  'min_ram',
  'min_disk',
  '__os_type',
  'virtual_env_type',
]);

function hasTag(image: Listed, wanted: string): boolean {
  const tags = Array.isArray(image['tags']) ? image['tags'].map(String) : [];
  const [key, ...value] = wanted.split('=');
  return tags.includes(wanted) || tags.includes(`${key}.${value.join('=')}`);
}

function isWithin(created: string, condition: string): boolean {
  const colon = condition.indexOf(':');
  const [operator, text] = [condition.slice(0, colon), condition.slice(colon + 1)];
  const difference = Date.parse(created) - Date.parse(text.replace(' ', 'T'));
  switch (operator) {
    case 'gt':
      return difference > 0;
    case 'gte':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'lte':
      return difference <= 0;
    case 'eq':
      return difference === 0;
    case 'neq':
      return difference !== 0;
    default:
      return false;
  }
}

/** One page: sorted, after `marker` (exclusive), at most `limit`. */
export function pageOf(
  images: readonly Listed[],
  query: URLSearchParams,
  limits: { readonly usual: number; readonly largest: number },
): readonly Listed[] | 'bad marker' {
  const key = query.get('sort_key') ?? 'created_at';
  const direction = query.get('sort_dir') === 'asc' ? 1 : -1;
  const sorted = images.toSorted((a, b) => {
    const [x, y] = [String(a[key]), String(b[key])];
    return (x < y ? -1 : x > y ? 1 : 0) * direction || (String(a['id']) < String(b['id']) ? -1 : 1);
  });
  const marker = query.get('marker');
  const limit = Math.min(limits.largest, Number(query.get('limit') ?? limits.usual));
  if (marker === null) return sorted.slice(0, limit);
  const at = sorted.findIndex((image) => image['id'] === marker);
  return at < 0 ? 'bad marker' : sorted.slice(at + 1, at + 1 + limit);
}
