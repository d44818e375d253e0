import { lstatSync, readdirSync } from 'node:fs';
import { join, normalize, relative } from 'node:path';
import type { ObsObject, SimulatorOptions } from '../options.ts';
import { etagOf, type StoredObject } from './stored-object.ts';

export const GIGABYTE = 1_073_741_824;

type Objects = Pick<SimulatorOptions, 'objects' | 'objectsFolder'>;

/**
 * The object of a key: the configured one or a file of the folder, else a plain one, unless the key
 * contains `missing`.
 */
export function objectAt(options: Objects, bucket: string, key: string): StoredObject {
  const name = `${bucket}/${key}`;
  const { objects, objectsFolder } = options;
  const configured = Object.hasOwn(objects, name) ? objects[name] : undefined;
  if (configured) return { bucket, key, ...configured, size: sizeOf(configured) };
  const file = objectsFolder === '' ? undefined : fileIn(objectsFolder, name);
  if (file) return { bucket, key, ...file };
  const plain = { bucket, key, size: GIGABYTE };
  if (key.includes('missing')) return { ...plain, status: 404 };
  return key.includes('cold') ? { ...plain, storageClass: 'COLD' } : plain;
}

function sizeOf({ size, content, end = '' }: ObsObject): number {
  if (size !== undefined) return size;
  if (content === undefined) return GIGABYTE;
  return Buffer.byteLength(content, 'base64') + Buffer.byteLength(end, 'base64');
}

/** No way out of the folder: not with `..`, nor by a link. */
function fileIn(folder: string, name: string) {
  const path = join(folder, name);
  if (relative(folder, path) !== normalize(name)) return undefined;
  const facts = lstatSync(path, { throwIfNoEntry: false });
  return facts?.isFile() ? { path, size: facts.size, version: facts.mtimeMs } : undefined;
}

/** The names of all objects that are listed, as `bucket/key`. */
function namesOf({ objects, objectsFolder }: Objects): readonly string[] {
  const files = objectsFolder === '' ? [] : readdirSync(objectsFolder, { recursive: true });
  const inFolder = files
    .map((name) => String(name).replaceAll('\\', '/'))
    .filter((name) => name.includes('/') && fileIn(objectsFolder, name));
  return [...new Set([...Object.keys(objects), ...inFolder])];
}

interface ObjectAddress {
  readonly bucket: string;
  readonly key: string;
}

/** Path style, or virtual host style where the host is `bucket.obs.…` or `bucket.localhost`. */
export function addressOf(host: string, path: string): ObjectAddress {
  const decoded = decodeURIComponent(path.slice(1));
  const bucket = /^([a-z0-9][a-z0-9.-]*[a-z0-9])\.(obs\.|localhost(:|$))/.exec(host)?.[1];
  if (bucket !== undefined) return { bucket, key: decoded };
  const slash = decoded.indexOf('/');
  if (slash < 0) return { bucket: decoded, key: '' };
  return { bucket: decoded.slice(0, slash), key: decoded.slice(slash + 1) };
}

const MAX_KEYS = 1000;

/** The configured objects of a bucket; `undefined` if there is no such bucket. */
function keysOf(options: Objects, bucket: string): string[] | undefined {
  const prefix = `${bucket}/`;
  const paths = namesOf(options).filter((path) => path.startsWith(prefix));
  if (paths.length === 0) return undefined;
  const keys = paths.map((path) => path.slice(prefix.length));
  return keys
    .filter((key) => (objectAt(options, bucket, key).status ?? 200) !== 404)
    .sort((a, b) => (a < b ? -1 : 1));
}

/** Every bucket, with the number of its objects. */
export function bucketsOf(options: Objects) {
  const counts = new Map<string, number>();
  for (const path of namesOf(options)) {
    const bucket = path.slice(0, path.indexOf('/'));
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

/** The names of all buckets, as XML. */
export function bucketsXml(options: Objects): string {
  const buckets = [...bucketsOf(options).keys()].map(
    (name) => `<Bucket><Name>${name}</Name></Bucket>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult><Buckets>${buckets.join('')}</Buckets></ListAllMyBucketsResult>`;
}

/** One page of a bucket's list, as XML; `undefined` if there is no such bucket. */
export function listXml(
  options: Objects,
  bucket: string,
  query: URLSearchParams,
): string | undefined {
  const all = keysOf(options, bucket);
  if (!all) return undefined;
  const prefix = query.get('prefix') ?? '';
  const marker = query.get('marker') ?? '';
  const most = Math.min(MAX_KEYS, Number(query.get('max-keys') ?? MAX_KEYS));
  const left = all.filter((key) => key.startsWith(prefix) && key > marker);
  const page = left.slice(0, most);
  const isTruncated = left.length > page.length;
  const isEncoded = query.get('encoding-type') === 'url';
  const written = (key: string): string => escapeXml(isEncoded ? urlEncoded(key) : key);
  const contents = page.map((key) => {
    const object = objectAt(options, bucket, key);
    const { size, storageClass = 'STANDARD' } = object;
    const etag = `<ETag>&quot;${etagOf(object)}&quot;</ETag>`;
    return `<Contents><Key>${written(key)}</Key>${etag}<Size>${size}</Size><StorageClass>${storageClass}</StorageClass></Contents>`;
  });
  const next = isTruncated ? `<NextMarker>${written(page.at(-1) ?? '')}</NextMarker>` : '';
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    '<ListBucketResult xmlns="http://obs.otc.t-systems.com/doc/2016-01-01/">',
    `<Name>${bucket}</Name><Prefix>${written(prefix)}</Prefix><Marker>${written(marker)}</Marker>`,
    ...(isEncoded ? ['<EncodingType>url</EncodingType>'] : []),
    `<MaxKeys>${most}</MaxKeys><IsTruncated>${isTruncated}</IsTruncated>${next}`,
    ...contents,
    '</ListBucketResult>',
  ].join('\n');
}

/** S3: a slash stays, a space becomes a plus. */
function urlEncoded(key: string): string {
  return encodeURIComponent(key).replaceAll('%2F', '/').replaceAll('%20', '+');
}

export function escapeXml(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
