import { createHash } from 'node:crypto';
import type { ObsObject } from '../options.ts';

/** An object with its place and its size. */
export interface StoredObject extends ObsObject {
  readonly bucket: string;
  readonly key: string;
  readonly size: number;
  /** The file that it is, and which version of that. */
  readonly path?: string;
  readonly version?: number;
}

/** Another one for other content. */
export function etagOf(object: StoredObject): string {
  const { bucket, key, etag, size, disk, content, end, version } = object;
  const all = [bucket, key, size, disk, content, end, version].join('\n');
  return etag ?? createHash('md5').update(all).digest('hex');
}
