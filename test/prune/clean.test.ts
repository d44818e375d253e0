import { expect, test } from 'vitest';
import type { KeepCode } from '../../src/operator/prune/decide.ts';
import { planClean } from '../../src/operator/prune/plan-clean.ts';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { DAY_MS, entry, image, keyOf, OPEN_STATES, PROJECT } from './prune-world.ts';

const NOW = 100 * DAY_MS;
const OLD = NOW - DAY_MS - 1;
const killed = image('a', { status: 'killed', createdAt: OLD });
const FAILED = entry('a', { state: { status: 'failed', reason: { code: 'X', message: 'x' } } });

interface Row {
  readonly fact: string;
  readonly image?: Partial<ImsImage>;
  readonly entry?: LedgerEntry | 'none';
  readonly world?: object;
  /** Absent: it is to be deleted; `null`: it is not in the plan. */
  readonly keep?: KeepCode | null;
}

const ROWS: readonly Row[] = [
  { fact: 'killed, its import has failed' },
  {
    fact: 'killed, its import was cancelled',
    entry: entry('a', { state: { status: 'cancelled' } }),
  },
  {
    fact: 'killed, its import has another image',
    entry: entry('a', { state: { status: 'succeeded', imageId: 'z' } }),
  },
  {
    fact: 'killed, and the image of its import',
    entry: entry('a', { state: { status: 'succeeded', imageId: 'a' } }),
    keep: 'other-image',
  },
  {
    fact: 'killed, and one of several images of its import',
    entry: entry('a', {
      state: { status: 'succeeded', imageId: 'z', otherImageIds: ['a'] },
    }),
    keep: 'other-image',
  },
  ...OPEN_STATES.map(
    (state): Row => ({
      fact: `killed, its import is ${state.status}${'held' in state && state.held ? ' and held' : ''}`,
      entry: entry('a', { state }),
      keep: 'open',
    }),
  ),
  { fact: 'killed, not in the ledger', entry: 'none', keep: 'not-in-ledger' },
  {
    fact: 'killed, of another installation',
    world: { others: new Set(['a']) },
    keep: 'other-installation',
  },
  { fact: 'killed, named by an open import', world: { needed: new Set(['a']) }, keep: 'needed' },
  { fact: 'killed and protected', image: { isProtected: true }, keep: 'protected' },
  {
    fact: 'killed, a copy with the tags of its source',
    image: { dataOrigin: 'image,eu-de,b' },
    keep: null,
  },
  {
    fact: 'killed, with the marker of a copy beside that of its source',
    image: { description: `golden [imsferry-copy:${keyOf('b')}]` },
    keep: null,
  },
  { fact: 'killed, without our marker', image: { tags: [] }, keep: null },
  {
    fact: 'killed, a copy with the marker of its source, which another ledger may be making',
    image: { dataOrigin: 'image,eu-de,z' },
    keep: null,
  },
  { fact: 'killed, of another project', image: { owner: 'q' }, keep: null },
  ...['queued', 'saving', 'importing', 'uploading'].flatMap((status): Row[] => [
    { fact: `${status} for more than a day`, image: { status } },
    { fact: `${status} for a day`, image: { status, createdAt: NOW - DAY_MS }, keep: null },
    { fact: `${status} since nobody knows when`, image: { status, createdAt: 0 }, keep: null },
    { fact: `${status} in the future`, image: { status, createdAt: NOW + DAY_MS }, keep: null },
    {
      fact: `${status}, and IMS does not say what time it is`,
      image: { status },
      world: { now: undefined },
      keep: null,
    },
  ]),
  ...['active', 'deactivated', 'deleted', 'pending_delete', 'new-word'].map(
    (status): Row => ({
      fact: `${status}, however old`,
      image: { status },
      keep: null,
    }),
  ),
];

test.each(ROWS)('an image that is $fact', (row) => {
  const made = row.entry ?? FAILED;
  const entries = new Map(made === 'none' ? [] : [[made.key, made]]);
  const usual = { projectId: PROJECT, needed: new Set<string>(), others: new Set<string>() };
  const images = [{ ...killed, ...row.image }];
  const [found] = planClean({ ...usual, now: NOW, images, entries, ...row.world });
  expect(found === undefined ? null : found.keep).toBe(row.keep);
  if (row.keep === undefined) expect(found?.why).toMatch(/its import has/);
});

test('an image that both lists show is planned once', () => {
  const entries = new Map([[FAILED.key, FAILED]]);
  const world = { projectId: PROJECT, needed: new Set<string>(), others: new Set<string>() };
  expect(planClean({ ...world, now: NOW, images: [killed, killed], entries })).toHaveLength(1);
});
