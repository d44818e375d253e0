import type { ObsObject, SimulatorOptions } from '../options.ts';

export const GIGABYTE = 1_073_741_824;

/** The object of a key: the configured one, else a plain one, unless the key contains `missing`. */
export function objectAt(
  options: Pick<SimulatorOptions, 'objects'>,
  bucket: string,
  key: string,
): ObsObject {
  const path = `${bucket}/${key}`;
  const configured = Object.hasOwn(options.objects, path) ? options.objects[path] : undefined;
  if (configured) return configured;
  if (key.includes('missing')) return { status: 404 };
  return key.includes('cold') ? { storageClass: 'COLD' } : {};
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
function keysOf(options: Pick<SimulatorOptions, 'objects'>, bucket: string): string[] | undefined {
  const prefix = `${bucket}/`;
  const paths = Object.keys(options.objects).filter((path) => path.startsWith(prefix));
  if (paths.length === 0) return undefined;
  const keys = paths.map((path) => path.slice(prefix.length));
  return keys
    .filter((key) => (objectAt(options, bucket, key).status ?? 200) !== 404)
    .sort((a, b) => (a < b ? -1 : 1));
}

/** Every bucket, with the number of its objects. */
export function bucketsOf({ objects }: Pick<SimulatorOptions, 'objects'>) {
  const counts = new Map<string, number>();
  for (const path of Object.keys(objects)) {
    const bucket = path.slice(0, path.indexOf('/'));
    counts.set(bucket, (counts.get(bucket) ?? 0) + 1);
  }
  return counts;
}

/** The names of all buckets, as XML. */
export function bucketsXml(options: Pick<SimulatorOptions, 'objects'>): string {
  const buckets = [...bucketsOf(options).keys()].map(
    (name) => `<Bucket><Name>${name}</Name></Bucket>`,
  );
  return `<?xml version="1.0" encoding="UTF-8"?>\n<ListAllMyBucketsResult><Buckets>${buckets.join('')}</Buckets></ListAllMyBucketsResult>`;
}

/** One page of a bucket's list, as XML; `undefined` if there is no such bucket. */
export function listXml(
  options: Pick<SimulatorOptions, 'objects'>,
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
    const { size = GIGABYTE, storageClass = 'STANDARD' } = objectAt(options, bucket, key);
    return `<Contents><Key>${written(key)}</Key><Size>${size}</Size><StorageClass>${storageClass}</StorageClass></Contents>`;
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
