import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import { createCall } from '../../src/shared/cloud/ims/create-call.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { canonicalRequest } from '../../src/shared/ledger/ledger-entry.ts';

interface Recorded {
  readonly image: { readonly name: string };
  readonly stored: string;
  readonly key: string;
  readonly path: string;
  readonly body: unknown;
}

const file = new URL('../fixtures/recorded-requests.json', import.meta.url);
const recorded: readonly Recorded[] = JSON.parse(readFileSync(file, 'utf8'));

// A ledger of an older version holds these: another spelling or key would import the image again.
test.each(recorded)('$image.name is stored, named and sent as ever', (row) => {
  const { image, stored, key, path, body } = row;
  const bytes = new TextEncoder().encode(JSON.stringify({ images: [image] }));
  const result = parseManifest(bytes, 'test.yaml');
  if (!result.ok) throw new Error(JSON.stringify(result.issues));
  const [{ request } = { request: undefined }] = result.manifest.images;
  if (request === undefined) throw new Error('no image');
  expect(canonicalRequest(request)).toBe(stored);
  expect(importKey(request)).toBe(key);
  expect(createCall({ request, key }, 'ep')).toEqual({ path, body });
  // What Redis gives back is sent the same way.
  expect(createCall({ request: JSON.parse(stored), key }, 'ep')).toEqual({ path, body });
});

// With whom an image is shared is ours: IMS gets none of it, and the import stays the same one.
test.each(recorded.filter(({ image }) => !('cmk_id' in image)))(
  '$image.name is named and sent the same for other projects',
  ({ image, key, path, body }) => {
    const members = ['a'.repeat(32), 'B'.repeat(32)];
    const sharing = { members, accept_as: 'partner' };
    const bytes = new TextEncoder().encode(JSON.stringify({ images: [{ ...image, ...sharing }] }));
    const result = parseManifest(bytes, 'test.yaml');
    if (!result.ok) throw new Error(JSON.stringify(result.issues));
    const [{ request } = { request: undefined }] = result.manifest.images;
    if (request === undefined) throw new Error('no image');
    expect(request).toMatchObject({
      members: members.map((id) => id.toLowerCase()),
      accept_as: ['partner'],
    });
    expect(importKey(request)).toBe(key);
    expect(createCall({ request, key }, 'ep')).toEqual({ path, body });
    expect(createCall({ request: JSON.parse(canonicalRequest(request)), key }, 'ep')).toEqual({
      path,
      body,
    });
  },
);
