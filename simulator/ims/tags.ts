import type { Dialect } from '../options.ts';
import { type Body, type Refusal, refusal } from './refusal.ts';

export interface Tag {
  readonly key: string;
  readonly value: string;
}

interface TagLimits {
  /** Tags of an image. */
  readonly most: number;
  readonly key: RegExp;
  readonly value: RegExp;
}

const TAG_LIMITS: Readonly<Record<Dialect, TagLimits>> = {
  otc: {
    most: 10,
    key: /^[\p{Script=Han}A-Za-z0-9_-]{1,36}$/u,
    value: /^[\p{Script=Han}A-Za-z0-9_.-]{0,43}$/u,
  },
  huawei: {
    most: 20,
    key: /^[\p{L}\p{N}_.:+@-][\p{L}\p{N} _.:+@-]{0,127}$/u,
    value: /^[\p{L}\p{N} _.:+@/-]{0,255}$/u,
  },
};

export function tagLimits(dialect: Dialect): TagLimits {
  return TAG_LIMITS[dialect];
}

export const BAD_TAG = refusal('0115', 'The image tag is invalid.');

/** The tags of a create as pairs, from either of the two fields. */
export function tagsOf(body: Body): readonly Tag[] {
  const { tags, image_tags } = body;
  if (Array.isArray(image_tags)) return image_tags.map(pairOf);
  return Array.isArray(tags) ? tags.map((tag) => textTag(String(tag))) : [];
}

/** IMS: edge spaces of `image_tags` are trimmed silently. */
export function pairOf(tag: unknown): Tag {
  const { key, value } = (tag ?? {}) as { key?: unknown; value?: unknown };
  return { key: String(key ?? '').trim(), value: String(value ?? '').trim() };
}

/** IMS: the first dot of `key.value` splits. */
export function textTag(text: string): Tag {
  const dot = text.indexOf('.');
  if (dot < 0) return { key: text, value: '' };
  return { key: text.slice(0, dot), value: text.slice(dot + 1) };
}

export function isTag(tag: Tag, dialect: Dialect): boolean {
  const { key, value } = tagLimits(dialect);
  return key.test(tag.key) && value.test(tag.value);
}

export function tagRule(body: Body, dialect: Dialect): Refusal | undefined {
  const { tags, image_tags } = body;
  if (tags !== undefined && image_tags !== undefined) {
    return refusal('0115', 'tags and image_tags cannot be used together.');
  }
  const given = tags ?? image_tags;
  if (given === undefined) return undefined;
  if (!Array.isArray(given)) return BAD_TAG;
  if (tags !== undefined && given.some((tag) => typeof tag !== 'string')) return BAD_TAG;
  const pairs = tagsOf(body);
  if (pairs.length > tagLimits(dialect).most)
    return refusal('0116', 'The number of tags exceeds the limit.');
  const isRepeated = new Set(pairs.map(({ key }) => key)).size < pairs.length;
  return isRepeated || !pairs.every((pair) => isTag(pair, dialect)) ? BAD_TAG : undefined;
}

/** The text form of a tag in an image's `tags`: without a value the key alone. */
export function tagText({ key, value }: Tag, form: 'k=v' | 'k.v'): string {
  if (value === '') return key;
  return `${key}${form === 'k=v' ? '=' : '.'}${value}`;
}
