import { describe, expect, test } from 'vitest';
import type { ImsImage } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import {
  couldOwn,
  judgeUnmarked,
  type Ownership,
  type Wanted,
  withoutMarker,
} from '../../src/shared/look-up/match-images.ts';
import type { ImportState } from '../../src/shared/state/import-state.ts';
import { imageRequest } from '../support/images.ts';

const KEY = 'A'.repeat(43);
const AT = 1_000_000_000;
const HOUR = 3_600_000;
const reason = { code: 'X', message: 'x' };
const wanted: Wanted = {
  key: KEY,
  request: imageRequest('sibling', { image_url: 'b:o' }),
  sourceIds: [],
  projectId: 'p',
  intentAt: AT,
};
const image: ImsImage = {
  id: 'i',
  name: 'sibling',
  status: 'saving',
  owner: 'p',
  tags: [],
  createdAt: AT,
  dataOrigin: 'file,b:o',
  kind: 'system',
};

interface Rival extends Partial<LedgerEntry> {
  readonly kind?: 'system' | 'data';
}

function rival(state: ImportState, { kind = 'system', ...more }: Rival = {}): LedgerEntry {
  return {
    key: 'B'.repeat(43),
    request: imageRequest('sibling', { kind, copy: 2 }),
    batches: ['other'],
    declined: [],
    revision: 1,
    epoch: 1,
    attempt: 1,
    queued: 0,
    lateJobIds: [],
    lateImageIds: [],
    seenImageIds: [],
    registeredAt: 0,
    submittedAt: AT,
    polls: 0,
    state,
    ...more,
  };
}

const creating: ImportState = { status: 'creating', since: AT, jobId: 'J' };
const unknown: ImportState = {
  status: 'unknown',
  since: AT,
  sendBy: AT,
  reason,
  held: true,
  lookUps: 1,
};
const sentAt = (one: LedgerEntry): number => one.submittedAt ?? one.registeredAt;
const NOBODY: Ownership = { isComplete: true, owners: new Map(), rivals: [], sentAt };

/** `ours`, `unsure`, or `not ours`. */
function verdict(one: Partial<ImsImage>, known: Partial<Ownership> = {}): string {
  const fitting = withoutMarker([{ ...image, ...one }], wanted);
  const { images, unsure } = judgeUnmarked(fitting, wanted, { ...NOBODY, ...known });
  if (images.length > 0) return 'ours';
  return unsure.length > 0 ? 'unsure' : 'not ours';
}

describe('an image without a marker', () => {
  test.each<{ what: string; one?: Partial<ImsImage>; known?: Partial<Ownership>; is: string }>([
    { what: 'that fits, and nobody else could own', is: 'ours' },
    { what: 'of the other kind', one: { kind: 'data' }, is: 'not ours' },
    { what: 'of another source', one: { dataOrigin: 'file,b:other' }, is: 'not ours' },
    { what: 'of another name', one: { name: 'siblings' }, is: 'not ours' },
    { what: 'of another project', one: { owner: 'q' }, is: 'not ours' },
    { what: 'created long before the intent', one: { createdAt: AT - HOUR }, is: 'not ours' },
    { what: 'that failed', one: { status: 'killed' }, is: 'not ours' },
    { what: 'in a status of the future', one: { status: 'importing' }, is: 'ours' },
    { what: "that is another import's", known: { owners: new Map([['i', 'C']]) }, is: 'not ours' },
    {
      what: 'that is its own by the ledger, whatever siblings there are',
      known: { owners: new Map([['i', KEY]]), rivals: [rival(unknown)] },
      is: 'ours',
    },
    { what: 'whose kind is not known', one: { kind: undefined as never }, is: 'unsure' },
    { what: 'while the index is not complete', known: { isComplete: false }, is: 'unsure' },
    {
      what: 'beside a copy that is being created',
      known: { rivals: [rival(creating)] },
      is: 'unsure',
    },
    { what: 'beside a copy that is held', known: { rivals: [rival(unknown)] }, is: 'unsure' },
    {
      what: 'beside an import of the other kind',
      known: { rivals: [rival(unknown, { kind: 'data' })] },
      is: 'ours',
    },
    {
      what: 'beside a copy that has its own image',
      known: { rivals: [rival({ ...creating, imageId: 'x' }, { seenImageIds: ['x'] })] },
      is: 'ours',
    },
    {
      what: 'beside a copy that was sent only later',
      known: { rivals: [rival(creating, { submittedAt: AT + HOUR })] },
      is: 'ours',
    },
    {
      what: 'beside a copy that was sent later by a clock that is behind',
      known: {
        rivals: [rival(creating, { submittedAt: AT + HOUR })],
        sentAt: (one) => sentAt(one) - HOUR,
      },
      is: 'unsure',
    },
  ])('$what → $is', ({ one, known, is }) => {
    expect(verdict(one ?? {}, known)).toBe(is);
  });

  test('two that fit cannot be distinguished', () => {
    const two = [image, { ...image, id: 'j' }];
    const { images, unsure } = judgeUnmarked(two, wanted, NOBODY);
    expect(images).toEqual([]);
    expect(unsure.map(({ image: { id } }) => id)).toEqual(['i', 'j']);
  });
});

test.each<{ what: string; state: ImportState; more?: Rival; could: boolean }>([
  { what: 'never sent', state: { status: 'pending' }, more: { epoch: 0 }, could: false },
  { what: 'not sent after all', state: { status: 'pending' }, could: false },
  { what: 'sent again', state: { status: 'pending', lookedAt: 1 }, could: true },
  { what: 'being sent', state: { status: 'submitting', sendBy: 1, sender: 's' }, could: true },
  { what: 'refused', state: { status: 'failed', reason }, could: false },
  { what: 'failed in IMS', state: { status: 'failed', reason, jobId: 'J' }, could: true },
  {
    what: 'given up',
    state: { status: 'failed', reason: { ...reason, code: 'GIVEN_UP' } },
    could: true,
  },
  {
    what: 'failed with its image',
    state: { status: 'failed', reason, jobId: 'J', imageId: 'i' },
    could: false,
  },
  { what: 'cancelled after a create', state: { status: 'cancelled' }, could: true },
  { what: 'succeeded', state: { status: 'succeeded', imageId: 'i' }, could: false },
])(
  'an import that was $what may have an image that nobody knows: $could',
  ({ state, more, could }) => {
    expect(couldOwn(rival(state, more))).toBe(could);
  },
);
