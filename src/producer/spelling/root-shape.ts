import type { Path, Place, PlaceOf } from '../manifest/issue.ts';
import { type Fields, isMapping } from './canonical-image.ts';

/** A manifest as a mapping with a list of images, whichever way it is written. */
export interface Root {
  readonly fields: Fields;
  /** A word about how it was read, if it was not written so. */
  readonly note?: { readonly path: Path; readonly message: string };
}

const OF_MANIFEST = /^(?:defaults|count|cloud|notify|retention|x-.*)$/i;

/**
 * One image instead of a manifest, as the documentation of IMS prints it, or instead of the list; or
 * only the list. `undefined` for anything else.
 */
export function rootOf(value: unknown): Root | undefined {
  if (isImageList(value)) {
    const message = 'is a list; its items are read as the images of a manifest';
    return { fields: { images: value }, note: { path: [], message } };
  }
  if (!isMapping(value)) return undefined;
  const images = value['images'];
  if (isImage(images)) {
    const message = 'is one image, not a list; it is read as a list of one';
    return { fields: { ...value, images: [images] }, note: { path: ['images'], message } };
  }
  if (images !== undefined || !isImage(value)) return { fields: value };
  const fields = Object.entries(value);
  const image = Object.fromEntries(fields.filter(([field]) => !OF_MANIFEST.test(field)));
  const rest = Object.fromEntries(fields.filter(([field]) => OF_MANIFEST.test(field)));
  const message = 'is one image, not a manifest; it is read as a manifest of one image';
  return { fields: { ...rest, images: [image] }, note: { path: [], message } };
}

function isImage(value: unknown): value is Fields {
  return isMapping(value) && value['image_url'] !== undefined;
}

function isImageList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.some(isImage);
}

/** Where a part of the canonical manifest is written: the path in the file. */
export function asWritten(value: unknown, path: Path): Path {
  return tagsAsWritten(value, inFile(value, path));
}

function inFile(value: unknown, path: Path): Path {
  const [first, index, ...rest] = path;
  if (first !== 'images') return path;
  if (isImageList(value)) return path.slice(1);
  if (!isMapping(value) || index === undefined) return path;
  if (isImage(value['images'])) return ['images', ...rest];
  return value['images'] === undefined && isImage(value) ? rest : path;
}

const OTHER: Readonly<Record<string, string>> = { tags: 'image_tags', image_tags: 'tags' };

/** Tags are written in one of two fields, and as a list or as a mapping. */
function tagsAsWritten(value: unknown, path: Path): Path {
  const at = path.findIndex((step) => step === 'tags' || step === 'image_tags');
  if (at < 0) return path;
  const owner = path.slice(0, at).reduce<unknown>(inside, value);
  const field = String(path[at]);
  const other = OTHER[field] ?? field;
  if (!isMapping(owner)) return path;
  const written = owner[field] === undefined && owner[other] !== undefined ? other : field;
  const tags = owner[written];
  const [index, ...rest] = path.slice(at + 1);
  const steps = isMapping(tags) ? keyAt(tags, index) : [index, ...rest];
  return [...path.slice(0, at), written, ...steps.filter((step) => step !== undefined)];
}

function keyAt(tags: Fields, index: string | number | undefined): Path {
  const key = typeof index === 'number' ? Object.keys(tags)[index] : undefined;
  return key === undefined ? [] : [key];
}

function inside(value: unknown, step: string | number): unknown {
  if (value === null || typeof value !== 'object') return undefined;
  return Object.getOwnPropertyDescriptor(value, step)?.value;
}

/** The same for places: the key of a tag in a mapping is where its key is, not its value. */
export function placeAsWritten(value: unknown, placeOf: PlaceOf): PlaceOf {
  return (path, part): Place => {
    const written = asWritten(value, path);
    const isKey = path.at(-1) === 'key' && written.length < path.length;
    return placeOf(written, isKey ? 'key' : part);
  };
}
