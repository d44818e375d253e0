import { describe, expect, test } from 'vitest';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { isConflict, mayBeLostEntry, unexplained } from '../../src/shared/look-up/match-images.ts';
import type { ImportState } from '../../src/shared/state/import-state.ts';
import { imageRequest } from '../support/images.ts';
import { markedImage } from '../support/worker-deps.ts';

const HOUR_MS = 3_600_000;
const BEGAN = 100 * HOUR_MS;
const NEW = BEGAN + HOUR_MS;
const OLD = BEGAN - HOUR_MS;
const NEVER = { from: BEGAN, archivedAt: 0 };

function image(id: string, status: string, createdAt: number): ImsImage {
  return markedImage('one', { id, status, createdAt });
}

function entry(state: ImportState, epoch: number, lateImageIds: string[] = []): LedgerEntry {
  return {
    key: 'k',
    request: imageRequest('one'),
    batches: ['b'],
    declined: [],
    revision: 1,
    registeredAt: 0,
    polls: 0,
    epoch,
    attempt: 1,
    queued: 0,
    lateJobIds: [],
    lateImageIds,
    seenImageIds: [],
    state,
  };
}

const pending: ImportState = { status: 'pending' };
const creating: ImportState = { status: 'creating', since: 0, jobId: 'j' };
const adopted: ImportState = { status: 'creating', since: 0, imageId: 'x', adopted: true };
const succeeded: ImportState = { status: 'succeeded', imageId: 'x' };
const sending: ImportState = { status: 'submitting', sendBy: 0, sender: 'w' };
const held: ImportState = {
  status: 'unknown',
  since: 0,
  sendBy: 0,
  reason: { code: 'DOUBLE', message: '' },
  held: true,
  lookUps: 1,
  imageIds: ['x', 'y'],
};
const [saving, queued, done] = ['saving', 'queued', 'active'].map((status) =>
  image('x', status, NEW),
) as [ImsImage, ImsImage, ImsImage];
const second = image('y', 'saving', NEW);

interface Row {
  readonly fact: string;
  readonly images: readonly ImsImage[];
  readonly entry?: LedgerEntry;
  readonly explained?: { readonly from: number; readonly archivedAt: number };
  readonly found: readonly string[];
  readonly conflict?: boolean;
}

const rows: readonly Row[] = [
  { fact: 'in creation, and not in the ledger', images: [saving], found: ['x'], conflict: false },
  { fact: 'waiting in IMS, and not in the ledger', images: [queued], found: ['x'] },
  { fact: 'new and done, and not in the ledger', images: [done], found: ['x'] },
  {
    fact: 'in creation, of an import that waits here',
    images: [saving],
    entry: entry(pending, 0),
    found: ['x'],
    conflict: true,
  },
  {
    fact: 'done, of an import that waits here: it is only adopted',
    images: [done],
    entry: entry(pending, 0),
    found: ['x'],
    conflict: false,
  },
  {
    fact: 'a second one, of an import that was sent once',
    images: [saving, second],
    entry: entry(creating, 1),
    found: ['x', 'y'],
    conflict: true,
  },
  {
    fact: 'a second one, done, of an import that was sent once',
    images: [done, image('y', 'active', NEW)],
    entry: entry(succeeded, 1),
    found: [],
  },
  {
    fact: 'a second one beside one that was adopted',
    images: [saving, second],
    entry: entry(adopted, 0),
    found: ['y'],
    conflict: true,
  },
  { fact: 'of an import that was sent', images: [saving], entry: entry(creating, 1), found: [] },
  {
    fact: 'of an import that is being sent',
    images: [saving],
    entry: entry(sending, 1),
    found: [],
  },
  { fact: 'of an import that waits again', images: [saving], entry: entry(pending, 1), found: [] },
  { fact: 'of one that was adopted', images: [saving], entry: entry(adopted, 0), found: [] },
  {
    fact: 'two of one that was sent twice',
    images: [saving, second],
    entry: entry(held, 2),
    found: [],
  },
  { fact: 'two that are held', images: [saving, second], entry: entry(held, 1), found: [] },
  { fact: 'a late image', images: [saving, second], entry: entry(succeeded, 0, ['y']), found: [] },
  {
    fact: 'one that the list shows twice',
    images: [saving, saving],
    entry: entry(creating, 1),
    found: [],
  },
  {
    fact: 'older than the ledger: Redis was emptied',
    images: [image('x', 'saving', OLD)],
    found: [],
  },
  {
    fact: 'older than the ledger, of an import that waits here',
    images: [image('x', 'active', OLD)],
    entry: entry(pending, 0),
    found: [],
  },
  {
    fact: 'done before something was archived',
    images: [done],
    explained: { from: BEGAN, archivedAt: NEW + 1000 },
    found: [],
  },
  {
    fact: 'archived a moment ago, by a clock that is behind',
    images: [done],
    explained: { from: BEGAN, archivedAt: NEW - 60_000 },
    found: [],
  },
  {
    fact: 'in creation, whatever was archived since',
    images: [saving],
    explained: { from: BEGAN, archivedAt: NEW + HOUR_MS },
    found: ['x'],
  },
];

describe('what only another installation can have created:', () => {
  test.each(rows)('$fact', ({ images, entry: known, explained = NEVER, found, conflict }) => {
    const row = known === undefined ? { key: 'k', images } : { key: 'k', images, entry: known };
    const strange = unexplained(row, explained);
    expect(strange.map(({ id }) => id)).toEqual(found);
    if (conflict !== undefined) expect(isConflict(row, strange)).toBe(conflict);
  });
});

test.each([
  [undefined, true],
  [entry(pending, 0), true],
  [entry(pending, 1), false],
  [entry(creating, 1), false],
  [entry(adopted, 0), false],
])('a lost entry may explain it only where the ledger knows of no create (%#)', (known, may) => {
  expect(mayBeLostEntry({ key: 'k', images: [], ...(known && { entry: known }) })).toBe(may);
});
