import type { ImageRequest } from '../image/image-request.ts';
import { DIALECTS, type Dialect } from './dialect.ts';

type Sized = Pick<ImageRequest, 'kind' | 'os_type' | 'os_version'>;

/** GB, smallest and largest: what `min_disk` of an image may be. */
export function diskRange(image: Sized, dialect: Dialect): readonly [least: number, most: number] {
  return DIALECTS[dialect].minDisk[familyOf(image)];
}

function familyOf({ kind, os_type, os_version }: Sized): 'data' | 'Windows' | 'Linux' {
  if (kind === 'data') return 'data';
  return os_type === 'Windows' || isWindows(os_version) ? 'Windows' : 'Linux';
}

export function isWindows(osVersion: string | undefined): boolean {
  return osVersion?.startsWith('Windows') ?? false;
}
