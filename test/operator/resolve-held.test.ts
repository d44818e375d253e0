import { describe, expect, test } from 'vitest';
import { describeSurvey } from '../../src/cli/status/describe-held.ts';
import { verdictFor } from '../../src/operator/reconcile.ts';
import {
  type Decision,
  type Held,
  planResolution,
  type Survey,
} from '../../src/operator/resolve-held.ts';
import type { LedgerEntry } from '../../src/shared/ledger/ledger-entry.ts';
import { formatTrust } from '../../src/shared/look-up/find-ours.ts';
import type { ImportState } from '../../src/shared/state/import-state.ts';
import { imageRequest } from '../support/images.ts';
import { markedImage } from '../support/worker-deps.ts';

const UNKNOWN = {
  status: 'unknown',
  since: 1,
  sendBy: 2,
  reason: { code: 'TIMEOUT', message: 'no answer' },
  held: true,
  lookUps: 3,
} as const;

function entryOf(state: ImportState): LedgerEntry {
  return {
    key: 'k',
    request: imageRequest('one'),
    batches: ['b'],
    declined: [],
    revision: 1,
    epoch: 1,
    attempt: 1,
    queued: 1,
    lateJobIds: [],
    lateImageIds: [],
    seenImageIds: [],
    registeredAt: 0,
    polls: 0,
    state,
  };
}

function heldWith(found: Held['found']): Held {
  return { entry: entryOf(UNKNOWN), state: UNKNOWN, askedAt: 9, found, known: [] };
}

const NOTHING = { kind: 'found', images: [], unsure: [] } as const;
const ONE = { kind: 'found', images: [markedImage('one')], unsure: [] } as const;
const TWO = {
  kind: 'found',
  images: [markedImage('one'), markedImage('one', { id: 'b' })],
  unsure: [],
} as const;
const UNREAD = {
  kind: 'failed',
  throttled: false,
  isForGood: false,
  reason: { code: 'X', message: 'y' },
} as const;

function planned(found: Held['found'], decision: Decision): string {
  const answer = planResolution(heldWith(found), decision);
  return 'why' in answer ? answer.why : JSON.stringify(answer.event);
}

describe('a decision about a held image', () => {
  test.each([
    {
      fact: 'adopt takes the one image',
      found: ONE,
      decision: { kind: 'adopt' },
      words: '"image":{"id":"of-one"',
    },
    {
      fact: 'adopt without an image is skipped',
      found: NOTHING,
      decision: { kind: 'adopt' },
      words: 'shows no image of it',
    },
    {
      fact: 'adopt of two wants a name',
      found: TWO,
      decision: { kind: 'adopt' },
      words: 'name one: --adopt IMAGE_ID',
    },
    {
      fact: 'adopt of two with a name',
      found: TWO,
      decision: { kind: 'adopt', imageId: 'b' },
      words: '"image":{"id":"b"',
    },
    {
      fact: 'adopt of a foreign image is skipped',
      found: ONE,
      decision: { kind: 'adopt', imageId: 'z' },
      words: 'no image z',
    },
    {
      fact: 'resubmit wants an empty list',
      found: NOTHING,
      decision: { kind: 'resubmit' },
      words: '"verdict":"resubmit"',
    },
    {
      fact: 'resubmit beside an image is skipped',
      found: ONE,
      decision: { kind: 'resubmit' },
      words: 'its image is there',
    },
    {
      fact: 'resubmit beside two images is skipped',
      found: TWO,
      decision: { kind: 'resubmit' },
      words: 'its image is there',
    },
    {
      fact: 'a list that was not read proves nothing',
      found: UNREAD,
      decision: { kind: 'resubmit' },
      words: 'could not be read',
    },
    {
      fact: 'nor is anything adopted from it',
      found: UNREAD,
      decision: { kind: 'adopt' },
      words: 'could not be read',
    },
    {
      fact: 'fail needs no list',
      found: UNREAD,
      decision: { kind: 'fail' },
      words: '"verdict":"fail"',
    },
  ] as const)('$fact', ({ found, decision, words }) => {
    expect(planned(found, decision)).toContain(words);
  });
});

test('images beside the ledger have a word each', () => {
  const image = markedImage('one');
  expect(verdictFor([image], undefined)).toBe('orphan');
  expect(verdictFor([image, image], entryOf(UNKNOWN))).toBe('double');
  expect(verdictFor([image], entryOf(UNKNOWN))).toBe('adoptable');
  expect(verdictFor([image], entryOf({ status: 'pending' }))).toBe('adoptable');
  expect(verdictFor([image], entryOf({ status: 'creating', since: 1 }))).toBe('creating');
  expect(verdictFor([image], entryOf({ status: 'cancelled' }))).toBe('other');
  expect(verdictFor([image], entryOf({ status: 'succeeded', imageId: 'of-one' }))).toBe('adopted');
  expect(verdictFor([image], entryOf({ status: 'succeeded', imageId: 'z' }))).toBe('other');
});

test('the measurement behind policy auto is shown with its numbers', () => {
  const minute = 60_000;
  expect(
    formatTrust({ samples: 0, largestMs: 0 }, { policy: 'auto', windowMs: 15 * minute }),
  ).toContain('not been measured yet');
  const trusted = formatTrust(
    { samples: 12, largestMs: 3200 },
    { policy: 'auto', windowMs: 15 * minute },
  );
  expect(trusted).toContain('within 3.2 s (12 measured); the window is 15 min');
  expect(trusted).toContain('creates it again');
  expect(
    formatTrust({ samples: 12, largestMs: 6 * minute }, { policy: 'auto', windowMs: 15 * minute }),
  ).toContain('holds');
  const hold = formatTrust({ samples: 0, largestMs: 0 }, { policy: 'hold', windowMs: minute });
  expect(hold).toContain('policy hold never creates an image again by itself');
});

test('people read when an image was held, and how long others are still looked up, not the fleet’s time', () => {
  const finishedAt = Date.parse('2026-03-02T08:00:00Z');
  const held = heldWith(NOTHING);
  const open = entryOf({ ...UNKNOWN, held: false, sendBy: 60_000 });
  // No worker ran at the weekend: the fleet's time is far behind.
  const survey: Survey = {
    held: [{ ...held, entry: { ...held.entry, finishedAt } }],
    lookedUp: [open],
    overdue: [],
    at: 30_000,
  };
  const lines = describeSurvey('b', survey, { windowMs: 300_000, policy: 'auto' }).join('\n');
  expect(lines).toContain('one: held since 2026-03-02T08:00:00.000Z');
  expect(lines).toContain(
    '1 more image is being looked up automatically, for about 5m 30s while workers run.',
  );
  expect(lines).not.toContain('1970');
});
