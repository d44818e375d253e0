import { STATES, type StatusWords } from '../options.ts';
import { imageBody, isListed, isRegistered, statusWord, visibleTags } from './image-body.ts';
import type { ImageStore, StoredImage } from './image-store.ts';
import type { Moment } from './job-life.ts';
import { ALL_GRANTED, enterpriseProjectOf } from './rights.ts';

/** The images that match these filters; as in Glance, any attribute of images may be one. */
export function findImages(
  store: ImageStore,
  query: URLSearchParams,
  moment: Moment,
): readonly StoredImage[] {
  const filters = [...query].filter(([name]) => !OTHERS.has(name));
  const found: StoredImage[] = [];
  for (const image of candidates(store, query)) {
    if (isListed(image, moment) && filters.every((filter) => passes(image, filter, moment))) {
      found.push(image);
    }
  }
  return found;
}

/** The smallest set that an index yields for the filters. */
function candidates(store: ImageStore, query: URLSearchParams): Iterable<StoredImage> {
  const [id, tag, name] = [query.get('id'), query.get('tag'), query.get('name')];
  if (id !== null) return [store.get(id)].filter((image) => image !== undefined);
  if (tag !== null) return store.tagged(tag.includes('=') ? tag : `${tag}=`);
  return name === null ? store.all() : store.named(name);
}

/** Those that are not about attributes of images. */
const OTHERS = new Set([
  ...['limit', 'marker', 'sort', 'sort_key', 'sort_dir', 'member_status', 'os_hidden', 'flavor_id'],
]);

function passes(
  image: StoredImage,
  [name, wanted]: readonly [string, string],
  moment: Moment,
): boolean {
  switch (name) {
    case 'id':
      return image.id === wanted;
    case 'name':
      return image.name === wanted;
    case 'owner':
      return image.owner === wanted;
    case 'status':
      return statusWord(image, moment) === wanted;
    case 'tag':
      return visibleTags(image, moment).some(({ key, value }) => {
        return `${key}=${value}` === wanted || (value === '' && key === wanted);
      });
    case '__isregistered':
      return String(isRegistered(image, moment)) === wanted;
    case 'enterprise_project_id':
      return wanted === ALL_GRANTED || enterpriseProjectOf(image.fields) === wanted;
    case 'created_at':
    case 'updated_at':
      return isWithin(String(imageBody(image, moment)[name]), wanted);
    default:
      return String(imageBody(image, moment)[name]) === wanted;
  }
}

/** IMS: `gte:2018-09-06T14:03:27Z`, or with a space between date and time. */
function isWithin(actual: string, condition: string): boolean {
  const colon = condition.indexOf(':');
  const text = condition.slice(colon + 1).replace(' ', 'T');
  const difference = Date.parse(actual) - Date.parse(text.endsWith('Z') ? text : `${text}Z`);
  switch (condition.slice(0, colon)) {
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

const WORDS: Readonly<Record<string, readonly string[]>> = {
  visibility: ['public', 'private', 'shared'],
  __imagetype: ['gold', 'private', 'shared', 'market'],
  virtual_env_type: ['FusionCompute', 'Ironic', 'DataImage', 'IsoImage'],
  member_status: ['accepted', 'pending', 'rejected', 'all'],
  protected: ['true', 'false'],
  __isregistered: ['true', 'false'],
  __whole_image: ['true', 'false'],
  sort_dir: ['asc', 'desc'],
};

/** Filters of IMS that accept any value. */
const PLAIN: ReadonlySet<string> = new Set([
  ...['id', 'name', 'owner', 'tag', 'enterprise_project_id', 'marker', 'limit', 'sort_key'],
  ...['container_format', 'disk_format', 'min_ram', 'min_disk', 'created_at', 'updated_at'],
  ...['flavor_id', 'architecture', 'member_status', 'hw_firmware_type'],
]);

const ATTRIBUTE = /^__(os_bit|os_type|os_version|platform|system__cmkid|support_[a-z0-9_]+)$/;
const TIME = /^(gte?|lte?|eq|neq):\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\dZ?$/;

/** What is wrong with the filters of a list; IMS would not ignore a word that it does not know. */
export function badFilter(query: URLSearchParams, statusWords: StatusWords): string | undefined {
  for (const [name, value] of query) {
    if (name === 'status') {
      const words = [...STATES, 'deleted', ...Object.values(statusWords)];
      if (!words.includes(value)) return name;
      continue;
    }
    const words = WORDS[name];
    if (words && !words.includes(value)) return name;
    if (/^(created|updated)_at$/.test(name) && !TIME.test(value)) return name;
    if (!words && !PLAIN.has(name) && !ATTRIBUTE.test(name)) return name;
  }
  return undefined;
}
