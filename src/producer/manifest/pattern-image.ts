import type { ManifestImage, ManifestPattern } from '../../shared/image/image-request.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is what a manifest contains
export const BASENAME = '${basename}';

/** The fields of an image that depend on the names in the bucket, as they are written. */
interface Written {
  readonly url: string;
  readonly name: string;
  readonly description?: string;
}

/** An entry for many images, with a sample in place of what the bucket's list will show. */
export interface PatternImage {
  readonly sample: Readonly<Record<string, unknown>>;
  readonly written: Written;
}

/** `undefined` for an ordinary image. A pattern in the defaults does not count. */
export function patternOf(raw: unknown): PatternImage | undefined {
  if (raw === null || typeof raw !== 'object' || Array.isArray(raw)) return undefined;
  const { image_url: url, name, description } = raw as Record<string, unknown>;
  if (typeof url !== 'string' || !isPattern(url)) return undefined;
  const about = typeof description === 'string' ? { description } : {};
  const sample = {
    ...raw,
    image_url: sampleUrl(url),
    ...(typeof name === 'string' ? { name: filled(name, 'x') } : {}),
    ...(typeof description === 'string' ? { description: filled(description, 'x') } : {}),
  };
  return { sample, written: { url, name: typeof name === 'string' ? name : '', ...about } };
}

/** `bucket:dir/*.qcow2`; the name of the bucket is never a pattern. */
function isPattern(url: string): boolean {
  const colon = url.indexOf(':');
  const query = url.indexOf('?');
  const isSigned = query >= 0 && url.includes('=', query);
  return colon > 0 && /[*?]/.test(url.slice(colon)) && !isSigned;
}

function sampleUrl(url: string): string {
  const colon = url.indexOf(':');
  return url.slice(0, colon) + url.slice(colon).replace(/\*+|\?/g, 'x');
}

/** A text with `${basename}` replaced. */
export function filled(text: string, basename: string): string {
  return text.replaceAll(BASENAME, basename);
}

/** The pattern with its checked sample. */
export function toPattern(
  { written }: PatternImage,
  sample: ManifestImage,
  at: { readonly index: number; readonly before: number },
): ManifestPattern {
  return { ...written, sample, ...at };
}
