import { describe, expect, test } from 'vitest';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { ImageRequest, ImageTag, SystemImage } from '../../src/shared/image/image-request.ts';
import { canonicalRequest } from '../../src/shared/ledger/ledger-entry.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { describeUpdates } from '../../src/shared/update/describe-updates.ts';
import { updatesFor } from '../../src/shared/update/image-updates.ts';

const KEY = 'k'.repeat(43);
const MARKER = `imsferry=${KEY}`;

function request(more: Partial<SystemImage> = {}): ImageRequest {
  return {
    ...{ kind: 'system', quick_import: false, name: 'vm', image_url: 'b:vm.qcow2' },
    ...{ min_disk: 40, copy: 1, ...more },
  };
}

function image(more: Partial<ImsImage> = {}): ImsImage {
  return {
    ...{ id: 'i', name: 'vm', status: 'active', owner: 'p', tags: [MARKER], createdAt: 1 },
    ...{ description: '', ...more, details: { minRam: 0, maxRam: 0, ...more.details } },
  };
}

const team = (value: string): ImageTag => ({ key: 'team', value });

type Row = readonly [
  title: string,
  is: Partial<ImsImage>,
  wanted: Partial<SystemImage>,
  before: Partial<SystemImage>,
  text: string,
  fixed?: readonly string[],
];

const ROWS: readonly Row[] = [
  ['nothing differs', {}, {}, {}, ''],
  ['renamed in the cloud', { name: 'other' }, {}, {}, 'name: "other" → "vm"'],
  ['a new description', {}, { description: 'new' }, {}, 'description: none → "new"'],
  ['an old one', { description: 'o' }, { description: 'n' }, {}, 'description: "o" → "n"'],
  [
    'drifted',
    { description: 'x' },
    { description: 'd' },
    { description: 'd' },
    'description: "x" → "d"',
  ],
  ['dropped', { description: 'd' }, {}, { description: 'd' }, 'description: "d" → none'],
  ['never in the manifest', { description: 'by hand', details: { minRam: 9 } }, {}, {}, ''],
  ['as wanted already', { description: 'n' }, { description: 'n' }, { description: 'o' }, ''],
  [
    'memory',
    { details: { minRam: 1, maxRam: 9 } },
    { min_ram: 2, max_ram: 8 },
    {},
    'min_ram: 1 → 2; max_ram: 9 → 8',
  ],
  ['memory no longer limited', { details: { minRam: 2 } }, {}, { min_ram: 2 }, 'min_ram: 2 → 0'],
  [
    'firmware',
    { details: { firmware: 'bios' } },
    { hw_firmware_type: 'uefi' },
    {},
    'hw_firmware_type: "bios" → "uefi"',
  ],
  [
    'firmware no longer named',
    { details: { firmware: 'uefi' } },
    {},
    { hw_firmware_type: 'uefi' },
    '',
    ['hw_firmware_type'],
  ],
  [
    'an id in capitals',
    { details: { enterpriseProjectId: 'ab' } },
    { enterprise_project_id: 'AB' },
    { enterprise_project_id: 'AB' },
    '',
  ],
  ['spaces at the edges', { description: 'd' }, { description: ' d ' }, { description: ' d ' }, ''],
  [
    'another enterprise project',
    { details: { enterpriseProjectId: '0' } },
    { enterprise_project_id: 'e' },
    {},
    'enterprise_project_id: "0" → "e"',
  ],
  [
    'what only an import sets',
    {},
    { min_disk: 50, os_version: 'X' },
    {},
    '',
    ['min_disk', 'os_version'],
  ],
  ['a tag', {}, { tags: [team('a')] }, {}, 'tags.team: none → "a"'],
  [
    'another value',
    { tags: [MARKER, 'team=a'] },
    { tags: [team('b')] },
    { tags: [team('a')] },
    'tags.team: "a" → "b"',
  ],
  ['set already', { tags: ['team.a', MARKER] }, { tags: [team('a')] }, {}, ''],
  ['a tag without a value', { tags: [MARKER, 'team'] }, { tags: [team('')] }, {}, ''],
  [
    'removed in the cloud',
    {},
    { tags: [team('a')] },
    { tags: [team('a')] },
    'tags.team: none → "a"',
  ],
  ['dropped tag', { tags: [MARKER, 'team=z'] }, {}, { tags: [team('a')] }, 'tags.team: "z" → none'],
  ['dropped and gone', {}, {}, { tags: [team('a')] }, ''],
  ["somebody else's tag", { tags: [MARKER, 'owner=ops'] }, {}, {}, ''],
  [
    'our marker as a tag of the manifest',
    { tags: ['imsferry.x'] },
    { tags: [{ key: 'ImsFerry', value: 'y' }] },
    { tags: [{ key: 'imsferry', value: 'x' }] },
    '',
  ],
  // IMS shows none of it: only what the manifest has changed is written.
  [
    'hidden, unchanged',
    { tags: [] },
    { tags: [team('a')], hw_firmware_type: 'uefi' },
    { tags: [team('a')], hw_firmware_type: 'uefi' },
    '',
  ],
  [
    'hidden, changed',
    { tags: [] },
    { tags: [team('b')], hw_firmware_type: 'uefi' },
    { tags: [team('a')] },
    'hw_firmware_type: none → "uefi"; tags.team: none → "b"',
  ],
  ['hidden, dropped', { tags: [] }, {}, { tags: [team('a')] }, 'tags.team: none → none'],
];

describe('an image that exists', () => {
  test.each(ROWS.map(([title, ...row]) => ({ title, row })))('$title', ({ row }) => {
    const [is, wanted, before, text, fixed = []] = row;
    const found = updatesFor(image(is), request(wanted), request(before));
    expect(describeUpdates(found.updates).join('; ')).toBe(text);
    expect(found.fixed).toEqual(fixed);
  });

  test('what is shown is replaced, what is not is added; a description is emptied', () => {
    const is = image({ description: 'd', name: 'x' });
    const wanted = request({ hw_firmware_type: 'uefi', min_ram: 4 });
    const shown = { ...is, details: { firmware: 'bios' } };
    expect(updatesFor(shown, wanted, request({ description: 'd' })).patch).toEqual([
      { op: 'replace', path: '/name', value: 'vm' },
      { op: 'replace', path: '/__description', value: '' },
      { op: 'add', path: '/min_ram', value: 4 },
      { op: 'replace', path: '/hw_firmware_type', value: 'uefi' },
    ]);
  });

  test('the stored request takes over what the image has, and keeps what only an import changes', () => {
    const before = request({ description: 'd', tags: [team('a')], hw_firmware_type: 'uefi' });
    const wanted = request({ min_disk: 50, min_ram: 4, tags: [team('b')] });
    const { request: stored, noted } = updatesFor(image(), wanted, before);
    expect(stored).toEqual(request({ min_ram: 4, tags: [team('b')], hw_firmware_type: 'uefi' }));
    expect(new Set(noted)).toEqual(new Set(['description', 'min_ram', 'tags']));
  });
});

test('of two long texts, the part that differs is in the line', () => {
  const long = 'The web server of the shop, as it was before the move to the new hall, ';
  const lines = describeUpdates([
    { field: 'description', is: `${long}A`, wanted: `${long}B and more` },
  ]);
  expect(lines).toEqual(['description: "…e new hall, A" → "…e new hall, B and more"']);
});

/** What IMS makes of the calls: tags by their keys, an image shown as before. */
function after(is: ImsImage, wanted: ImageRequest, before: ImageRequest): ImsImage {
  const { removeTags, setTags } = updatesFor(is, wanted, before);
  const pairs = new Map(is.tags.map((text) => pairOf(text)));
  for (const { key } of removeTags) pairs.delete(key);
  for (const { key, value } of setTags) pairs.set(key, value);
  return {
    ...is,
    tags: [...pairs].map(([key, value]) => (value === '' ? key : `${key}=${value}`)),
  };
}

function pairOf(text: string): readonly [string, string] {
  const at = text.indexOf('=');
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)];
}

test('whatever tags there are: the marker and tags of others stay, ours are as wanted, a second run has nothing to do', () => {
  const random = seededRandom(20);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random.next() * all.length)] as T;
  const keys = ['a', 'b', 'a.b', 'team', 'imsferry', 'IMSFERRY', 'imsferr', 'imsferry2'];
  const some = (): readonly ImageTag[] => {
    const chosen = keys.filter(() => random.next() < 0.4);
    return chosen.map((key) => ({ key, value: pick(['', 'x', 'y', KEY]) }));
  };
  for (let round = 0; round < 500; round += 1) {
    const [wanted, before] = [request({ tags: some() }), request({ tags: some() })];
    const named = new Set([...(wanted.tags ?? []), ...(before.tags ?? [])].map(({ key }) => key));
    const others = ['c=1', 'owner=ops', 'bare'].filter(() => random.next() < 0.5);
    const drifted = some().filter(({ key }) => !/^imsferry$/i.test(key));
    const own = drifted.map(({ key, value }) => (value === '' ? key : `${key}=${value}`));
    const is = image({ tags: [MARKER, ...others, ...own] });
    const then = after(is, wanted, before);
    const kept = [MARKER, ...others, ...own.filter((text) => !named.has(pairOf(text)[0]))];
    expect(then.tags).toEqual(expect.arrayContaining(kept));
    const ours = (wanted.tags ?? []).filter(({ key }) => !/^imsferry$/i.test(key));
    for (const { key, value } of ours) {
      expect(then.tags).toContain(value === '' ? key : `${key}=${value}`);
    }
    expect(then.tags).toHaveLength(
      new Set([...kept.map((text) => pairOf(text)[0]), ...ours.map(({ key }) => key)]).size,
    );
    const stored = updatesFor(is, wanted, before).request;
    const second = updatesFor(then, wanted, stored);
    expect([second.updates, second.noted]).toEqual([[], []]);
    expect(canonicalRequest(second.request)).toBe(canonicalRequest(wanted));
  }
});
