import type { ListedObject } from '../../shared/cloud/obs/obs-client.ts';
import { compileGlob } from '../../shared/image/glob.ts';

/** A pattern over the objects of one bucket. */
export interface ObjectPattern {
  readonly bucket: string;
  /** What every match begins with: only that much of the bucket is listed. */
  readonly prefix: string;
  readonly matches: (key: string) => boolean;
}

/** `bucket:dir/*.qcow2`: `*` within a folder, `**` across folders, `?` for one character. */
export function objectPattern(url: string): ObjectPattern {
  const colon = url.indexOf(':');
  const object = url.slice(colon + 1);
  const prefix = object.slice(0, object.search(/[*?]/));
  const { matches } = compileGlob(object, { hasFolders: true });
  return { bucket: url.slice(0, colon), prefix, matches };
}

/** Why a match is left out; `undefined` when it is not. */
export function skipReason({ key, size }: ListedObject): string | undefined {
  if (key.endsWith('/')) return 'is a folder';
  return size === 0 ? 'is empty' : undefined;
}

/** `dir/web-01.qcow2` → `web-01` */
export function basenameOf(key: string): string {
  const file = key.slice(key.lastIndexOf('/') + 1);
  const dot = file.lastIndexOf('.');
  return dot > 0 ? file.slice(0, dot) : file;
}
