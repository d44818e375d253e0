import type { ObsObject, SimulatorOptions } from '../options.ts';

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

export interface ObjectAddress {
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
