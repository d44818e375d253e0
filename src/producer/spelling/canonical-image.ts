import { BUCKET_NAME } from '../../shared/image/image-fields.ts';
import { BASENAME, isPattern } from '../manifest/pattern-image.ts';
import { nameOfFile } from './name-of-file.ts';
import { canonicalSource } from './source-address.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** Stands for a bucket that is wrong and reported as such, so that its keys are checked all the same. */
const SOME_BUCKET = 'some-bucket';

/** Fields that are lists of names. */
export const NAME_LISTS: readonly string[] = ['members', 'accept_as'];

export function isMapping(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

/**
 * An image as the schema knows it, whichever way it is written: sources as `bucket:object`, tags as a
 * list, and a name. Everything that import keys and requests are made of is made from this. Values that
 * are wrong stay as they are. `path`s of the result lead to what is written by `asWritten`.
 * @param defaults in this form already
 */
export function canonicalImage(own: Fields, defaults: Fields): Fields {
  const respelled: Record<string, unknown> = {};
  const bucket = bucketOf(own['bucket'] ?? defaults['bucket']);
  const source = sourceOf(own['image_url'], bucket);
  if (source !== own['image_url']) respelled['image_url'] = source;
  const url = source ?? defaults['image_url'];
  const isNamed = own['name'] !== undefined || defaults['name'] !== undefined;
  if (!isNamed) respelled['name'] = defaultName(url);
  Object.assign(respelled, tagList(own), diskList(own['data_images'], bucket), listsOf(own));
  if (Object.keys(respelled).length === 0) return own;
  const { tags, ...rest } = own;
  return 'image_tags' in respelled ? { ...rest, ...respelled } : { ...own, ...respelled };
}

/** Without a file the image is refused for that, and needs no name. */
function defaultName(url: unknown): string {
  if (typeof url !== 'string') return 'unnamed';
  return isPattern(url) ? BASENAME : nameOfFile(url.slice(url.indexOf(':') + 1));
}

/** The fields of `defaults:` in the same form; they have no name of their own. */
export function canonicalDefaults(defaults: Fields): Fields {
  const { name, ...spelled } = canonicalImage(defaults, {});
  return 'name' in defaults ? { ...spelled, name: defaults['name'] } : spelled;
}

function bucketOf(bucket: unknown): string | undefined {
  if (bucket === undefined || bucket === null) return undefined;
  return typeof bucket === 'string' && BUCKET_NAME.test(bucket) ? bucket : SOME_BUCKET;
}

function sourceOf(url: unknown, bucket: string | undefined): unknown {
  return typeof url === 'string' ? canonicalSource(url, bucket) : url;
}

/**
 * `tags: {team: storage}`, or a list of such mappings or of pairs, as pairs: a key may have a dot, which
 * `key.value` would split at.
 */
function tagList({ tags, image_tags }: Fields): Fields {
  const isList = Array.isArray(tags) && tags.length > 0 && tags.every(isMapping);
  if (!(isList || isMapping(tags))) return {};
  // Two lists of tags are refused as such.
  if (image_tags !== undefined) return { tags: [] };
  const pairs = isList ? tags.map(pairOf) : Object.entries(tags).map(pairOfEntry);
  return { image_tags: pairs };
}

function pairOf(tag: Fields): Fields {
  const [entry, another] = Object.entries(tag);
  if (entry && another === undefined && !('key' in tag || 'value' in tag))
    return pairOfEntry(entry);
  return 'value' in tag ? { ...tag, value: tagText(tag['value']) } : tag;
}

function pairOfEntry([key, value]: readonly [string, unknown]): Fields {
  return { key, value: tagText(value) };
}

/** `wave: 1` is text, as in `wave.1`. A fraction is not: `1.10` has lost its zero. */
function tagText(value: unknown): unknown {
  return Number.isSafeInteger(value) ? String(value) : value;
}

/** One name stands for a list of one. */
function listsOf(own: Fields): Fields {
  const single = NAME_LISTS.filter((field) => typeof own[field] === 'string');
  return Object.fromEntries(single.map((field) => [field, [own[field]]]));
}

function diskList(disks: unknown, bucket: string | undefined): Fields {
  if (!Array.isArray(disks)) return {};
  const respelled = disks.map((disk: unknown) => {
    if (!isMapping(disk)) return disk;
    const { tags: _, ...rest } = disk;
    const list = tagList(disk);
    const own = 'image_tags' in list || 'tags' in list ? { ...rest, ...list } : disk;
    const source = sourceOf(disk['image_url'], bucket);
    return source === disk['image_url'] ? own : { ...own, image_url: source };
  });
  return respelled.some((disk, at) => disk !== disks[at]) ? { data_images: respelled } : {};
}
