import { describe, expect, test } from 'vitest';
import { createCall } from '../../src/shared/cloud/ims/create-call.ts';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import { toImagePage } from '../../src/shared/cloud/ims/read-bodies.ts';
import type { CopyImage } from '../../src/shared/image/image-request.ts';
import {
  copyMarkerOf,
  importKey,
  markedDescription,
  markerOf,
  wantedDescription,
} from '../../src/shared/image/import-key.ts';
import {
  markedCopies,
  markedImages,
  mayBelongTo,
  mayBeOurs,
  type Wanted,
  withMarker,
  withoutMarker,
} from '../../src/shared/look-up/match-images.ts';
import { imageRequest } from '../support/images.ts';

const SOURCE = importKey(imageRequest('gold'));
const request: CopyImage = {
  ...{ kind: 'copy', quick_import: false, name: 'gold-two', copy: 1, min_disk: 40 },
  ...{ image_url: 'bucket:images/gold.qcow2', source: SOURCE, of: 'system' },
};
const KEY = importKey(request);
const OTHER = 'O'.repeat(43);
const wanted: Wanted = {
  ...{ key: KEY, request, sourceIds: ['id-of-gold'], projectId: 'p', intentAt: 1_000_000 },
};
/** As IMS may list a copy: with the tags of its source. */
const copy: ImsImage = {
  ...{ id: 'i', name: 'gold-two', status: 'saving', owner: 'p', createdAt: 1_000_000 },
  tags: [`imsferry=${SOURCE}`],
  dataOrigin: 'image,eu-de,id-of-gold',
  description: `golden [imsferry-copy:${KEY}]`,
};
const { description: _, ...bare } = copy;

describe('the marker of a copy', () => {
  test('is read in the description and in a tag, and is no marker of an import', () => {
    expect(copyMarkerOf(copy)).toBe(KEY);
    for (const tag of [`imsferry-copy=${KEY}`, `imsferry-copy.${KEY}`]) {
      expect(copyMarkerOf({ tags: [tag] })).toBe(KEY);
      expect(markerOf([tag])).toBeUndefined();
    }
  });

  test('fits into every description', () => {
    const others = `made from [imsferry-copy:${SOURCE}]`;
    for (const text of [undefined, '', 'golden', 'x'.repeat(1024), others]) {
      const marked = markedDescription(text, KEY);
      expect(marked.length).toBeLessThanOrEqual(1024);
      expect(copyMarkerOf({ tags: [], description: marked })).toBe(KEY);
    }
    expect(markedDescription('golden', KEY)).toBe(`golden [imsferry-copy:${KEY}]`);
  });
});

test('what a person wrote into a description is no marker, neither of an import nor of a copy', () => {
  const nested = `[imsferry-[imsferry-copy:${OTHER}]copy:${OTHER}]`;
  for (const text of [`see [imsferry-copy:${OTHER}]`, nested]) {
    expect(copyMarkerOf({ tags: [], description: markedDescription(text, KEY) })).toBe(KEY);
    const disk = { image_url: 'bucket:d.qcow2', min_disk: 1, description: text };
    const plain = imageRequest('gold', { description: text, data_images: [disk] });
    const { body } = createCall({ request: plain, key: SOURCE });
    const disks = body['data_images'] as readonly { readonly description: string }[];
    for (const description of [String(body['description']), disks[0]?.description ?? '']) {
      expect(copyMarkerOf({ tags: [], description })).toBeUndefined();
    }
    // Nothing differs from what was requested.
    expect(wantedDescription(plain)).toBe(body['description']);
  }
});

test('a copy never counts as the image of its source, whatever tags it has', () => {
  const source = { key: SOURCE, request: imageRequest('gold') };
  for (const image of [copy, bare, { ...copy, dataOrigin: '' }]) {
    expect(markedImages([image], 'p').size).toBe(0);
    expect(withMarker([image], { ...source, projectId: 'p' })).toEqual([]);
  }
  expect(mayBelongTo(copy, source)).toBe(false);
});

test('a copy is found by its marker in its own project, alive, and never by that of its source', () => {
  expect(withMarker([copy], wanted)).toEqual([copy]);
  expect(withMarker([{ ...copy, owner: 'q' }], wanted)).toEqual([]);
  expect(withMarker([{ ...copy, status: 'killed' }], wanted)).toEqual([]);
  expect(withMarker([bare], wanted)).toEqual([]);
  expect([...markedCopies([copy, { ...copy, owner: 'q' }], 'p')]).toEqual([[KEY, [copy]]]);
  expect(mayBelongTo(copy, wanted)).toBe(true);
  // IMS has copied the tags of the source along, and shows no description.
  expect(mayBelongTo(bare, wanted)).toBe(true);
  expect(mayBelongTo({ ...copy, description: `[imsferry-copy:${OTHER}]` }, wanted)).toBe(false);
});

test.each([
  { what: 'name and origin', image: bare, found: true },
  { what: 'a data disk', image: { ...bare, kind: 'data' }, found: false },
  { what: 'another name', image: { ...bare, name: 'gold' }, found: false },
  { what: 'another source', image: { ...bare, dataOrigin: 'image,eu-de,other' }, found: false },
  {
    what: 'an id within another',
    image: { ...bare, dataOrigin: 'image,xid-of-gold' },
    found: false,
  },
  { what: 'from a file', image: { ...bare, dataOrigin: 'file,id-of-gold' }, found: false },
  { what: 'no origin', image: { ...bare, dataOrigin: '' }, found: false },
  { what: 'made earlier', image: { ...bare, createdAt: 600_000 }, found: false },
  { what: 'of another project', image: { ...bare, owner: 'q' }, found: false },
  {
    what: 'the marker of another copy',
    image: { ...bare, description: `[imsferry-copy:${OTHER}]` },
    found: false,
  },
] as const)('without a marker: $what → $found', ({ image, found }) => {
  expect(withoutMarker([image], wanted)).toHaveLength(found ? 1 : 0);
});

test.each([
  { what: 'its marker', more: { __description: `[imsferry-copy:${KEY}]`, name: 5 }, is: true },
  {
    what: 'another marker',
    more: { tags: 5, __description: `[imsferry-copy:${OTHER}]` },
    is: false,
  },
  { what: 'its name and source', more: { tags: 5, __data_origin: 'image,id-of-gold' }, is: true },
  { what: 'its name and a file', more: { tags: 5, __data_origin: 'file,b:o' }, is: false },
])('a copy that cannot be read may be ours: $what: $is', ({ more, is }) => {
  const whole = { id: 'i', name: 'gold-two', status: 'active', owner: 'p', tags: [] };
  const page = toImagePage({ images: [{ ...whole, ...more }] });
  const [odd] = page?.odd ?? [];
  if (!odd) throw new Error('it can be read');
  expect(mayBeOurs(odd, wanted, false)).toBe(is);
});
