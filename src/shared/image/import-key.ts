import { hash } from 'node:crypto';
import type { ImageRequest } from './image-request.ts';

/** Identity of an import: 43 characters of base64url, so that it fits into one IMS tag value. */
export type ImportKey = string;

export const MARKER_TAG_KEY = 'imsferry';
const IMPORT_KEY = /^[A-Za-z0-9_-]{43}$/;

/** SHA-256 of `["v1", kind, name, image_url, copy]` as unpadded base64url. */
export function importKey(
  request: Pick<ImageRequest, 'kind' | 'name' | 'image_url' | 'copy'>,
): ImportKey {
  const identity = ['v1', request.kind, request.name, request.image_url, request.copy];
  return hash('sha256', JSON.stringify(identity), 'base64url');
}

/**
 * The import key in an image's tags, if it carries our marker. IMS stores a tag as `key=value`,
 * `key.value` or a bare `key`, so all are read.
 */
export function markerOf(tags: readonly string[]): ImportKey | undefined {
  for (const tag of tags) {
    if (!tag.startsWith(MARKER_TAG_KEY)) continue;
    const separator = tag.charAt(MARKER_TAG_KEY.length);
    const value = tag.slice(MARKER_TAG_KEY.length + 1);
    if ((separator === '=' || separator === '.') && IMPORT_KEY.test(value)) return value;
  }
  return undefined;
}
