import { formatIssue } from '../../src/producer/manifest/issue.ts';
import { parseManifest, type ReadOptions } from '../../src/producer/manifest/load-manifest.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';

/** What a manifest contains, for tests that compare; its texts are without the name of the file. */
export interface ReadManifest {
  readonly batch: string | undefined;
  readonly requests: readonly ImageRequest[];
  readonly keys: readonly string[];
  readonly lines: readonly number[];
  readonly faults: readonly string[];
  readonly warnings: readonly string[];
}

export function readManifest(text: string, file = 'm.yaml', options?: ReadOptions): ReadManifest {
  const result = parseManifest(new TextEncoder().encode(text), file, options);
  const images = result.ok ? result.manifest.images : [];
  const own = (issue: Parameters<typeof formatIssue>[0]) =>
    formatIssue(issue).slice(issue.file.length + 1);
  return {
    batch: result.ok ? result.manifest.name : undefined,
    requests: images.map(({ request }) => request),
    keys: images.map(({ request }) => importKey(request)),
    lines: images.map(({ line }) => line),
    faults: result.ok ? [] : result.issues.map(own),
    warnings: result.warnings.map(own),
  };
}
