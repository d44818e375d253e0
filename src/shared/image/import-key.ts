import { hash } from 'node:crypto';
import { LIMITS } from './image-fields.ts';
import type { CopyImage, DataImage, ImageRequest } from './image-request.ts';

/** Identity of an import: 43 characters of base64url, so that it fits into one IMS tag value. */
export type ImportKey = string;

export const MARKER_TAG_KEY = 'imsferry';
const IMPORT_KEY = /^[A-Za-z0-9_-]{43}$/;

/** What makes an import the same as another one. */
type Identity =
  | (Pick<DataImage, 'name' | 'image_url' | 'copy'> & {
      readonly kind: Exclude<ImageRequest['kind'], 'copy'>;
    })
  | Pick<CopyImage, 'kind' | 'name' | 'source' | 'to' | 'cmk_id'>;

/**
 * SHA-256 as unpadded base64url of `["v1", kind, name, image_url, copy]`, of a copy `["v1-copy", source,
 * cloud, name, cmk_id]`.
 */
export function importKey(request: Identity): ImportKey {
  return hash('sha256', JSON.stringify(identityOf(request)), 'base64url');
}

function identityOf(request: Identity): readonly (string | number | null)[] {
  if (request.kind !== 'copy') {
    return ['v1', request.kind, request.name, request.image_url, request.copy];
  }
  const { source, to, name, cmk_id } = request;
  return ['v1-copy', source, to?.cloud ?? null, name, cmk_id ?? null];
}

/**
 * The import key in an image's tags, if it carries our marker. IMS stores a tag as `key=value`,
 * `key.value` or a bare `key`, so all are read.
 */
export function markerOf(tags: readonly string[]): ImportKey | undefined {
  return tagOf(tags, MARKER_TAG_KEY);
}

function tagOf(tags: readonly string[], key: string): ImportKey | undefined {
  for (const tag of tags) {
    if (!tag.startsWith(key)) continue;
    const separator = tag.charAt(key.length);
    const value = tag.slice(key.length + 1);
    if ((separator === '=' || separator === '.') && IMPORT_KEY.test(value)) return value;
  }
  return undefined;
}

/** Of a copy: in its description from the start, as a tag once it is active. */
export const COPY_TAG_KEY = 'imsferry-copy';
const COPY_TEXT = new RegExp(`\\[${COPY_TAG_KEY}:([A-Za-z0-9_-]{43})\\]`, 'g');

/** The description of a copy: the call that makes one takes no tags. */
export function markedDescription(description: string | undefined, key: ImportKey): string {
  const marker = `[${COPY_TAG_KEY}:${key}]`;
  const text = (unmarked(description) ?? '')
    .slice(0, LIMITS.description - marker.length - 1)
    .trimEnd();
  return text === '' ? marker : `${text} ${marker}`;
}

/** The description that the image of a request has to have. */
export function wantedDescription(request: ImageRequest): string | undefined {
  const { kind, description } = request;
  return kind === 'copy'
    ? markedDescription(description, importKey(request))
    : unmarked(description);
}

/** What a person wrote never counts as a marker: the image would be that of the copy it names, or of none. */
export function unmarked(description: string | undefined): string | undefined {
  return description?.replaceAll(`[${COPY_TAG_KEY}:`, `(${COPY_TAG_KEY}:`);
}

/** A description without the marker of a copy at its end: what a person wrote. */
export function withoutCopyMarker(description: string): string {
  return description.replace(new RegExp(`${COPY_TEXT.source}$`), '').trimEnd();
}

/** The import key of a copy that carries our marker. */
export function copyMarkerOf(image: {
  readonly tags: readonly string[];
  readonly description?: string;
}): ImportKey | undefined {
  // Ours is at the end; a person may have copied the text before it from another image.
  const [, described] = [...(image.description ?? '').matchAll(COPY_TEXT)].at(-1) ?? [];
  return tagOf(image.tags, COPY_TAG_KEY) ?? described;
}
