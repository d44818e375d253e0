import type { ManifestImage } from '../../shared/image/image-request.ts';
import { importKey } from '../../shared/image/import-key.ts';
import type { Findings } from './findings.ts';

/** An image with its place in the list. */
export interface Placed {
  readonly image: ManifestImage;
  readonly index: number;
}

/**
 * The same import twice is an error; one name for two files, or one file under two names, is only a
 * warning.
 */
export function checkTwins(images: readonly Placed[], findings: Findings): void {
  const byKey = new Map<string, number>();
  const byName = new Map<string, { line: number; url: string }>();
  const byUrl = new Map<string, { line: number; name: string }>();
  for (const { image, index } of images) {
    const { request, line } = image;
    const { name, image_url: url } = request;
    const key = importKey(request);
    const twin = byKey.get(key);
    if (twin !== undefined) {
      const message = `is the same import as in line ${twin}; leave it out, or give it copy: 2 to import the file twice`;
      findings.error(['images', index], message);
      continue;
    }
    byKey.set(key, line);
    const named = byName.get(name);
    if (named === undefined) byName.set(name, { line, url });
    else if (named.url !== url) {
      const message = `is the name of another image in line ${named.line}, too`;
      findings.warning(['images', index, 'name'], message);
    }
    const same = byUrl.get(url);
    if (same === undefined) byUrl.set(url, { line, name });
    else if (same.name !== name) {
      const message = `is the file of another image in line ${same.line}, too`;
      findings.warning(['images', index, 'image_url'], message);
    }
  }
}
