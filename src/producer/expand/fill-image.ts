import { DESCRIPTION, IMAGE_URL, LIMITS } from '../../shared/image/image-fields.ts';
import type { ManifestImage, ManifestPattern } from '../../shared/image/image-request.ts';
import { explainName } from '../manifest/explain-text.ts';
import { show } from '../manifest/issue.ts';
import { filled } from '../manifest/pattern-image.ts';
import { basenameOf } from './match-objects.ts';

/** The image that a pattern makes of one object, or what is wrong with it. */
export function fillImage(
  pattern: ManifestPattern,
  bucket: string,
  key: string,
): ManifestImage | string {
  const image_url = `${bucket}:${key}`;
  const basename = basenameOf(key);
  const name = filled(pattern.name, basename);
  const wrong = explainName(name);
  if (wrong !== undefined) return `makes a name of ${show(image_url)} that ${wrong}`;
  if (!IMAGE_URL.test(image_url)) {
    return `finds ${show(image_url)}, whose name IMS does not take (IMG.0175)`;
  }
  const about = pattern.description === undefined ? {} : describe(pattern.description, basename);
  if (typeof about === 'string') return `makes a description of ${show(image_url)} that ${about}`;
  return { ...pattern.sample, request: { ...pattern.sample.request, name, image_url, ...about } };
}

function describe(template: string, basename: string): { readonly description: string } | string {
  const description = filled(template, basename);
  if ([...description].length > LIMITS.description) {
    return `has more than ${LIMITS.description} characters`;
  }
  return DESCRIPTION.test(description) ? { description } : 'has characters that are not allowed';
}
