import { describe, expect, test } from 'vitest';
import { describeOdds, toImage, toImagePage } from '../../src/shared/cloud/ims/read-bodies.ts';
import { marksIn, mayBeOurs } from '../../src/shared/look-up/match-images.ts';
import { imageRequest } from '../support/images.ts';

const KEY = 'K'.repeat(43);
const OTHER = 'O'.repeat(43);
const OURS = 'p1';
const WHOLE = {
  id: 'i-1',
  name: 'foreign',
  status: 'active',
  owner: OURS,
  tags: ['team=db'],
  created_at: '2026-11-29T08:00:00Z',
  __data_origin: 'file,bucket:other.raw',
};
const pageOf = (...images: unknown[]) => {
  const page = toImagePage({ images });
  if (!page) throw new Error('no page');
  return page;
};
const oddOf = (element: unknown) => {
  const [odd] = pageOf(element).odd;
  if (!odd) throw new Error('it can be read');
  return odd;
};

describe('a list of images is read element by element', () => {
  test.each([
    { what: 'null', element: null, fields: ['id', 'status', 'owner', 'tags'] },
    { what: 'a number', element: 5, fields: ['id', 'status', 'owner', 'tags'] },
    { what: 'a list', element: [], fields: ['id', 'status', 'owner', 'tags'] },
    { what: 'an object without fields', element: {}, fields: ['id', 'status', 'owner'] },
    { what: 'no id', element: { ...WHOLE, id: undefined }, fields: ['id'] },
    { what: 'an id that is none', element: { ...WHOLE, id: '../x' }, fields: ['id'] },
    { what: 'no status', element: { ...WHOLE, status: null }, fields: ['status'] },
    { what: 'a status that is a number', element: { ...WHOLE, status: 5 }, fields: ['status'] },
    { what: 'no owner', element: { ...WHOLE, owner: undefined }, fields: ['owner'] },
    { what: 'a name that is a number', element: { ...WHOLE, name: 5 }, fields: ['name'] },
    { what: 'tags that are an object', element: { ...WHOLE, tags: { a: 1 } }, fields: ['tags'] },
    { what: 'a tag that is none', element: { ...WHOLE, tags: ['a', null] }, fields: ['tags'] },
    {
      what: 'an origin that is a list',
      element: { ...WHOLE, __data_origin: [] },
      fields: ['__data_origin'],
    },
  ])('$what is counted, and costs no other one', ({ element, fields }) => {
    const page = pageOf(WHOLE, element, { ...WHOLE, id: 'i-2' });
    expect(page.images.map(({ id }) => id)).toEqual(['i-1', 'i-2']);
    expect(page.odd.map((one) => one.fields)).toEqual([fields]);
    expect(page).toMatchObject({ size: 3, lastId: 'i-2' });
  });

  test.each([
    { min_disk: '40' },
    { min_disk: null },
    { created_at: 5 },
    { created_at: 'yesterday' },
    { virtual_env_type: [] },
    { tags: null },
    { name: null },
    { __data_origin: null },
    { whatever: { is: 'new' } },
  ])('%j makes nothing odd', (more) => {
    expect(pageOf({ ...WHOLE, ...more })).toMatchObject({ images: [{ id: 'i-1' }], odd: [] });
  });

  test('the next page begins after the last id that is known, of an image that can be read if there is one', () => {
    expect(pageOf(WHOLE, { id: 'i-9' }, null).lastId).toBe('i-1');
    expect(pageOf({ id: 'i-9' }, null).lastId).toBe('i-9');
    expect(pageOf(null)).not.toHaveProperty('lastId');
  });

  test('an image that was requested by its id needs that and its status', () => {
    expect(toImage({ id: 'i-1', status: 'active' })).toMatchObject({ id: 'i-1', status: 'active' });
    expect(toImage({ ...WHOLE, tags: 5 })).toMatchObject({ status: 'active', tags: [] });
    expect(toImage({ ...WHOLE, status: 5 })).toBeUndefined();
  });

  test('a few of them are named, however many there are', () => {
    const all = Array.from({ length: 9 }, (_, at) => ({ ...WHOLE, id: `i-${at}`, name: 5 }));
    const text = describeOdds(pageOf(...all, { name: 'x\u001b[2J' }).odd);
    expect(text).toMatch(/^IMS lists 10 images that cannot be read.*image i-2: name; and 7 more$/);
    expect(describeOdds([oddOf({ name: 'x\u001b[2J' })])).toContain('one without an id (x [2J)');
  });
});

const WANTED = {
  key: KEY,
  request: imageRequest('vm', { image_url: 'bucket:vm.raw' }),
  sourceIds: [],
  projectId: OURS,
  intentAt: Date.parse('2026-11-29T08:00:00Z'),
} as const;
const MINE = { ...WHOLE, name: 'vm', __data_origin: 'file,bucket:vm.raw' };

test.each([
  {
    what: 'its marker, no owner',
    element: { ...WHOLE, owner: null, tags: [`imsferry=${KEY}`] },
    is: true,
  },
  { what: 'its marker, no id', element: { tags: [`imsferry.${KEY}`] }, is: true },
  {
    what: 'its marker as an object',
    element: { ...WHOLE, tags: [{ key: 'imsferry', value: KEY }] },
    is: true,
  },
  { what: 'its marker as a mapping', element: { ...WHOLE, tags: { imsferry: KEY } }, is: true },
  {
    what: "another import's marker",
    element: { ...MINE, id: 5, tags: [`imsferry=${OTHER}`] },
    is: false,
  },
  {
    what: 'its marker, of another project',
    element: { ...MINE, id: 5, owner: 'p2', tags: [`imsferry=${KEY}`] },
    is: false,
  },
  {
    what: 'its marker, and dead',
    element: { ...MINE, id: 5, status: 'deleted', tags: [`imsferry=${KEY}`] },
    is: false,
  },
  {
    what: 'our marker without a key, its name',
    element: { ...MINE, tags: { imsferry: 5 } },
    is: true,
  },
  {
    what: 'our marker without a key, another name',
    element: { ...WHOLE, tags: { imsferry: 5 } },
    is: false,
  },
  { what: 'its name and file, no tags to read', element: { ...MINE, tags: 5 }, is: true },
  { what: 'its name, another file', element: { ...WHOLE, name: 'vm', tags: 5 }, is: false },
  {
    what: 'its name, a file that cannot be read',
    element: { ...MINE, __data_origin: 5 },
    is: true,
  },
  { what: 'its file, a name that cannot be read', element: { ...MINE, name: 5 }, is: true },
  {
    what: 'its name and file, older',
    element: { ...MINE, id: 5, created_at: '2026-11-28T08:00:00Z' },
    is: false,
  },
  { what: 'its name and file, no time', element: { ...MINE, id: 5, created_at: null }, is: true },
  { what: 'another name', element: { ...WHOLE, id: 5 }, is: false },
  { what: 'neither name nor file', element: { ...WHOLE, name: 5, __data_origin: 5 }, is: false },
  { what: 'nothing at all', element: null, is: false },
])('an image that cannot be read may be that of an import: $what: $is', ({ element, is }) => {
  expect(mayBeOurs(oddOf(element), WANTED, false)).toBe(is);
});

test.each([
  { element: null, is: true },
  { element: { ...WHOLE, tags: 5 }, is: false },
  { element: { ...MINE, tags: 5, __data_origin: undefined }, is: true },
  { element: { ...WHOLE, id: 5, name: 'vm' }, is: false },
])('where our marker was requested, %j: $is', ({ element, is }) => {
  expect(mayBeOurs(oddOf(element), WANTED, true)).toBe(is);
});

test('before the first create only what carries our marker holds anything up', () => {
  const marked = { ...WHOLE, owner: null, tags: [`imsferry=${KEY}`] };
  const lost = { ...WHOLE, tags: { imsferry: 5 } };
  const dead = { ...WHOLE, status: 'deleted', tags: { imsferry: 5 } };
  const { odd } = pageOf(null, {}, marked, lost, dead, { ...WHOLE, tags: 5 });
  const { keys, nobodys } = marksIn(odd, OURS);
  expect([...keys.keys()]).toEqual([KEY]);
  expect(nobodys.map((one) => one.fields)).toEqual([['tags']]);
});
