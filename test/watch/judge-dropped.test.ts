import { expect, test } from 'vitest';
import { parseManifest } from '../../src/producer/manifest/load-manifest.ts';
import { judgeUnseen } from '../../src/producer/watch/judge-dropped.ts';
import type { Unsized } from '../../src/shared/image/image-request.ts';

const FAILED: Unsized = { field: 'min_disk', reason: 'is auto, but 500', isPassing: true };
const FORBIDDEN: Unsized = { ...FAILED, isForbidden: true };
const GONE: Unsized = { ...FAILED, reason: 'is auto, but it does not exist', isPassing: false };

/** What becomes of a file of these images, each with what is not known of it. */
function judged(...unsized: readonly (Unsized | undefined)[]) {
  const rows = unsized.map((_, at) => ({
    name: `i${at}`,
    image_url: `bucket:i${at}.raw`,
    min_disk: 'auto',
  }));
  const bytes = new TextEncoder().encode(JSON.stringify({ images: rows }));
  const parsed = parseManifest(bytes, 'some.json');
  if (!parsed.ok) throw new Error('the manifest is not sound');
  const images = parsed.manifest.images.map((image, at) => {
    const why = unsized[at];
    return why ? { ...image, unsized: why } : image;
  });
  const dropped = judgeUnseen({ ...parsed.manifest, images }, { hasKeys: true, found: [] });
  return dropped.kind === 'go' ? { isPartial: dropped.isPartial } : dropped.kind;
}

test.each([
  ['where OBS answered for none, the file waits', [FAILED, FAILED], 'waits'],
  ['where OBS refused all, too: a person may give the right', [FORBIDDEN, FORBIDDEN], 'waits'],
  ['where nothing is left but one may be, the file waits', [GONE, FAILED], 'waits'],
  ['where nothing is left and none will be, it is refused', [GONE, GONE], 'refused'],
  ['where nothing is missing, nothing is looked at again', [undefined], { isPartial: false }],
  ['what is gone is not looked at again', [GONE, undefined], { isPartial: false }],
] as const)('%s', (_, unsized, expected) => {
  expect(judged(...unsized)).toEqual(expected);
});
