import type { HttpAnswer } from '../http/answer.ts';

/** Glance: what its 404s say of an image; another one names a project and "the image" behind it. */
const GONE = /\b(no image found|failed to find image|image \S+ not found)\b/i;

/** Glance: what its 403s say; not all of them name the image. */
const DENIED =
  /\byou are not authorized to (lookup|complete)\b|\byou are not permitted to [\w' ]*\bimage\b|\bnot allowed to \w+ members for image\b|\bis protected and cannot be deleted\b/i;

/** Words of Glance, which answers without a code: in plain text, in JSON of its own or in a page of HTML. */
export function isGlanceText(text: string): boolean {
  return GONE.test(text) || DENIED.test(text);
}

/** Glance does not know this image. */
export function isUnknownToGlance({ status, raw = '' }: HttpAnswer, imageId: string): boolean {
  return status === 404 && raw.includes(imageId) && GONE.test(raw);
}

/** Glance does not do this, for this login or for anyone. */
export function isRefusedByGlance({ status, raw = '' }: HttpAnswer): boolean {
  return status === 403 && DENIED.test(raw);
}
