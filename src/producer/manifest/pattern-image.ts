import type { ManifestPattern } from '../../shared/image/image-request.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';

// biome-ignore lint/suspicious/noTemplateCurlyInString: this is what a manifest contains
export const BASENAME = '${basename}';

/** An entry for many images, with a sample in place of what the bucket's list will show. */
interface PatternImage {
  readonly sample: object;
  /** The fields that depend on the names in the bucket. */
  readonly written: Pick<ManifestPattern, 'url' | 'description'> & { readonly name?: string };
}

/** `undefined` for an ordinary image. A pattern in the defaults does not count. */
export function patternOf(raw: unknown): PatternImage | undefined {
  if (raw === null || typeof raw !== 'object') return undefined;
  const { image_url: url, name, description } = raw as Readonly<Record<string, unknown>>;
  if (typeof url !== 'string' || !isPattern(url)) return undefined;
  const example = (text: unknown) => (typeof text === 'string' ? filled(text, 'x') : text);
  const fields = {
    image_url: sampleUrl(url),
    name: example(name),
    description: example(description),
  };
  const text = (value: unknown) => (typeof value === 'string' ? value : undefined);
  const written = { url, name: text(name), description: text(description) };
  return { sample: omitUndefined({ ...raw, ...fields }), written: omitUndefined(written) };
}

/** `bucket:dir/*.qcow2`; the name of the bucket is never a pattern. */
export function isPattern(url: string): boolean {
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
