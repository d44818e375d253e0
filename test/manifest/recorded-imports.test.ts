import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { formatIssue } from '../../src/producer/manifest/issue.ts';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';

interface Recorded {
  readonly file: string;
  readonly batch: string;
  readonly text: string;
  readonly imports: readonly { readonly key: string; readonly request: ImageRequest }[];
}

/**
 * Recorded with version 0.1, before a manifest had more than one spelling. Never record it again:
 * another key for a manifest that was submitted then creates its images a second time.
 */
const recorded: readonly Recorded[] = JSON.parse(
  readFileSync('test/fixtures/recorded-imports.json', 'utf8'),
);

test('the recording holds many different imports', () => {
  const keys = recorded.flatMap(({ imports }) => imports.map(({ key }) => key));
  expect(new Set(keys).size).toBeGreaterThan(90);
});

test.each(recorded)(
  'the imports of $file have the keys and the requests they always had',
  (one) => {
    const result = parseManifest(new TextEncoder().encode(one.text), one.file);
    if (!result.ok) return expect(result.issues.map(formatIssue)).toEqual([]);
    expect(result.manifest.name).toBe(one.batch);
    const imports = result.manifest.images.map(({ request }) => {
      return { key: importKey(request), request };
    });
    expect(imports).toEqual(one.imports);
  },
);
