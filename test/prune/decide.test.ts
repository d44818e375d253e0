import { describe, expect, test } from 'vitest';
import {
  hidesMarker,
  type KeepCode,
  type PruneWorld,
  planPrune,
} from '../../src/operator/prune/decide.ts';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import {
  copy,
  deletedIn,
  entry,
  image,
  keyOf,
  OPEN_STATES,
  odd,
  PROJECT,
  RULE,
  worldOf,
} from './prune-world.ts';

/** Five weeks; `a` is the oldest. */
const FIVE = ['a', 'b', 'c', 'd', 'e'].map((id, at) => image(id, { createdAt: 100 + at }));

/** Four copies of the family; `v` is the oldest of all. */
const COPIES = ['v', 'w', 'x', 'y'].map((id, at) => copy(id, { createdAt: 50 + at }));

/** The five with another oldest one. */
function oldest(fields: Partial<ImsImage>): readonly ImsImage[] {
  return [image('a', { createdAt: 100, ...fields }), ...FIVE.slice(1)];
}

interface Row {
  readonly fact: string;
  readonly world: PruneWorld;
  readonly deleted: readonly string[];
  /** Of image `a`; absent: it is deleted; `null`: it is not in the plan. */
  readonly a?: KeepCode | null;
}

const { isProtected: _, ...unsaid } = image('a', { createdAt: 100 });
const two = { family: 'debian-*', keepLast: 4 };
const cancelled = entry('a', { state: { status: 'cancelled' } });
const failed = entry('a', { state: { status: 'failed', reason: { code: 'X', message: 'x' } } });
const withOther = entry('a', { state: { status: 'succeeded', imageId: 'z' } });

const ROWS: readonly Row[] = [
  { fact: 'the newest three are kept', world: worldOf(FIVE), deleted: ['b', 'a'] },
  {
    fact: 'the order of the list does not matter',
    world: worldOf(FIVE.toReversed()),
    deleted: ['b', 'a'],
  },
  {
    fact: 'of fewer than the number none is deleted',
    world: worldOf(FIVE, { rules: [{ ...RULE, keepLast: 9 }] }),
    deleted: [],
    a: 'newest',
  },
  {
    fact: 'exactly the number are kept',
    world: worldOf(FIVE, { rules: [{ ...RULE, keepLast: 5 }] }),
    deleted: [],
    a: 'newest',
  },
  {
    fact: 'without a rule none is in the plan',
    world: worldOf(FIVE, { rules: [] }),
    deleted: [],
    a: null,
  },
  {
    fact: 'of two rules the one that keeps it counts',
    world: worldOf(FIVE, { rules: [RULE, two] }),
    deleted: ['a'],
  },
  {
    fact: 'in two families it has to be old in both',
    world: worldOf(FIVE, { rules: [RULE, { family: '*-a', keepLast: 1 }] }),
    deleted: ['b'],
    a: 'newest',
  },
  {
    fact: 'the same family with two numbers keeps the larger one',
    world: worldOf(FIVE, { rules: [{ ...RULE, keepLast: 1 }, RULE] }),
    deleted: ['b', 'a'],
  },
  {
    fact: 'another family is not touched',
    world: worldOf(oldest({ name: 'web-1' })),
    deleted: ['b'],
    a: null,
  },
  {
    fact: 'with equal times all that may be the last kept are kept',
    world: worldOf(FIVE.map((one, at) => ({ ...one, createdAt: at < 3 ? 100 : 200 }))),
    deleted: [],
    a: 'newest',
  },
  {
    fact: 'without a time it is kept and does not count',
    world: worldOf(oldest({ createdAt: 0 })),
    deleted: ['b'],
    a: 'no-time',
  },
  {
    fact: 'a time in the future is only a later one',
    world: worldOf([...FIVE.slice(0, 4), image('e', { createdAt: 9e12 })]),
    deleted: ['b', 'a'],
  },
  ...['queued', 'saving', 'deactivated', 'importing', 'new-word'].map(
    (status): Row => ({
      fact: `${status} is kept and does not count`,
      world: worldOf(oldest({ status })),
      deleted: ['b'],
      a: 'not-active',
    }),
  ),
  ...['killed', 'deleted', 'pending_delete'].map(
    (status): Row => ({
      fact: `${status} is not in the plan`,
      world: worldOf(oldest({ status })),
      deleted: ['b'],
      a: null,
    }),
  ),
  {
    fact: 'a newest one that is not active does not count',
    world: worldOf([...FIVE.slice(0, 4), image('e', { createdAt: 104, status: 'saving' })]),
    deleted: ['a'],
  },
  {
    fact: 'a protected image is kept',
    world: worldOf(oldest({ isProtected: true })),
    deleted: ['b'],
    a: 'protected',
  },
  {
    fact: 'one that may be protected is kept',
    world: worldOf([unsaid, ...FIVE.slice(1)]),
    deleted: ['b'],
    a: 'protected',
  },
  {
    fact: 'a protected image counts as one of the newest',
    world: worldOf([...FIVE.slice(0, 4), image('e', { createdAt: 104, isProtected: true })]),
    deleted: ['b', 'a'],
  },
  {
    fact: 'an image that a server was made from is kept',
    world: worldOf(FIVE, { servers: new Map([['a', ['web-1']]]) }),
    deleted: ['b'],
    a: 'in-use',
  },
  {
    fact: 'a shared image is kept',
    world: worldOf(oldest({ isShared: true })),
    deleted: ['b'],
    a: 'shared',
  },
  {
    fact: 'an image with members is kept',
    world: worldOf(FIVE, { shared: new Map([['a', { projects: ['q'] }]]) }),
    deleted: ['b'],
    a: 'shared',
  },
  {
    fact: 'an image whose members cannot be read is kept',
    world: worldOf(FIVE, { shared: new Map([['a', { unread: 'IMG.0026: no' }]]) }),
    deleted: ['b'],
    a: 'shared',
  },
  {
    fact: 'without our marker it is not in the plan',
    world: worldOf(oldest({ tags: ['team=web'] })),
    deleted: ['b'],
    a: null,
  },
  ...[
    `imsferry=${'x'.repeat(42)}`,
    `imsferry2=${keyOf('a')}`,
    `Imsferry=${keyOf('a')}`,
    'imsferry',
  ].map(
    (tag): Row => ({
      fact: `the tag ${tag.slice(0, 16)} is no marker`,
      world: worldOf(oldest({ tags: [tag] })),
      deleted: ['b'],
      a: null,
    }),
  ),
  {
    fact: 'an image of another project is not in the plan',
    world: worldOf(oldest({ owner: 'q' })),
    deleted: ['b'],
    a: null,
  },
  {
    fact: 'one that another project shares with us does not count as a second one',
    world: worldOf([...FIVE, image('x', { owner: 'q', tags: [`imsferry=${keyOf('a')}`] })]),
    deleted: ['b', 'a'],
  },
  {
    fact: 'of two images with one marker none is touched',
    world: worldOf([...FIVE, image('x', { tags: [`imsferry=${keyOf('a')}`], createdAt: 50 })]),
    deleted: ['b'],
    a: 'double',
  },
  {
    fact: 'an unreadable image with the marker counts as the second one',
    world: worldOf(FIVE, { odd: [odd({ markers: [keyOf('a')], isMarked: true })] }),
    deleted: ['b'],
    a: 'double',
  },
  {
    fact: 'an import that has several images is not touched',
    world: worldOf(FIVE, { changed: [entry('a', { lateImageIds: ['z'] })] }),
    deleted: ['b'],
    a: 'double',
  },
  {
    fact: 'copies count among themselves',
    world: worldOf([...FIVE, ...COPIES]),
    deleted: ['b', 'a', 'v'],
  },
  {
    fact: 'a copy that has only its marker in the description is one as well',
    world: worldOf([
      ...COPIES.slice(1),
      copy('v', { createdAt: 50, tags: [], description: `[imsferry-copy:${keyOf('v')}]` }),
    ]),
    deleted: ['v'],
  },
  {
    fact: 'a copy that still has the tag of its source makes that a double, and counts as a copy',
    world: worldOf([
      ...FIVE,
      ...COPIES.slice(1),
      copy('v', { createdAt: 50, tags: [`imsferry-copy=${keyOf('v')}`, `imsferry=${keyOf('a')}`] }),
    ]),
    deleted: ['b', 'v'],
    a: 'double',
  },
  {
    fact: 'of two copies with one marker none is touched',
    world: worldOf([...COPIES, copy('u', { tags: [`imsferry-copy=${keyOf('v')}`] })]),
    deleted: [],
  },
  {
    fact: 'a text that names a copy does not make an image that copy',
    world: worldOf(oldest({ description: `[imsferry-copy:${keyOf('b')}]` })),
    deleted: [],
    a: 'double',
  },
  {
    fact: 'an image of another installation is kept',
    world: worldOf(FIVE, { others: new Set(['a']) }),
    deleted: ['b'],
    a: 'other-installation',
  },
  {
    fact: 'an image whose import is not in the ledger is kept, and does not count',
    world: { ...worldOf(FIVE), entries: new Map(worldOf(FIVE.slice(1)).entries) },
    deleted: ['b'],
    a: 'not-in-ledger',
  },
  ...OPEN_STATES.map(
    (state): Row => ({
      fact: `an image whose import is ${state.status}${'held' in state && state.held ? ' and held' : ''} is kept`,
      world: worldOf(FIVE, { changed: [entry('a', { state })] }),
      deleted: ['b'],
      a: 'open',
    }),
  ),
  ...[cancelled, failed, withOther].map(
    (changed): Row => ({
      fact: `an image that is not that of its import (${changed.state.status}) is kept`,
      world: worldOf(FIVE, { changed: [changed] }),
      deleted: ['b'],
      a: 'other-image',
    }),
  ),
  {
    fact: 'an image of a batch that is not finished is kept',
    world: worldOf(FIVE, { unfinished: new Set(['batch-a']) }),
    deleted: ['b'],
    a: 'batch-open',
  },
  {
    fact: 'an image that an open import names by its id is kept',
    world: worldOf(FIVE, { needed: new Set(['a']) }),
    deleted: ['b'],
    a: 'needed',
  },
  {
    fact: 'an image that an open import names by its import is kept',
    world: worldOf(FIVE, { needed: new Set([keyOf('a')]) }),
    deleted: ['b'],
    a: 'needed',
  },
];

describe('the plan', () => {
  test.each(ROWS)('$fact', ({ world, deleted, a }) => {
    expect(deletedIn(world)).toEqual(deleted);
    const row = planPrune(world).find((one) => one.image.id === 'a');
    if (a !== undefined) expect(row === undefined ? null : row.keep).toBe(a);
    expect(row?.why).not.toBe('');
  });
});

test.each([
  { fact: 'marked without a key', row: odd({ isMarked: true }), hides: true },
  { fact: 'with unreadable tags', row: odd({ fields: ['tags'] }), hides: true },
  { fact: 'marked with a key', row: odd({ isMarked: true, markers: [keyOf('a')] }), hides: false },
  { fact: 'of an unreadable name only', row: odd({}), hides: false },
  {
    fact: 'of another project',
    row: odd({ fields: ['tags'], image: image('odd', { owner: 'q' }) }),
    hides: false,
  },
  {
    fact: 'of an unreadable owner',
    row: odd({ fields: ['owner', 'tags'], image: image('odd', { owner: '' }) }),
    hides: true,
  },
])('an unreadable image $fact stops everything: $hides', ({ row, hides }) => {
  expect(hidesMarker({ odd: [row], projectId: PROJECT })).toBe(hides);
});
