import { expect, test } from 'vitest';
import { meaningOf } from '../../src/ui/meaning.ts';

const PENDING = { status: 'pending' } as const;

test.each([
  {
    fact: 'an import that was never sent',
    kind: 'system',
    seen: [],
    says: 'Waiting to be submitted.',
  },
  {
    fact: 'one whose image has to be proven gone',
    kind: 'system',
    seen: ['i-1'],
    says: /that image i-1 is gone; only then/,
  },
  {
    fact: 'one with several images',
    kind: 'copy',
    seen: ['i-1', 'i-2'],
    says: /that 2 images are gone/,
  },
  { fact: 'a copy', kind: 'copy', seen: [], says: /^Waiting for the image that it copies/ },
] as const)('$fact says what it waits for', ({ kind, seen, says }) => {
  expect(meaningOf({ state: PENDING, seenImageIds: seen, request: { kind } })).toMatch(says);
});

test('an import whose image was pruned says so', () => {
  const state = { status: 'succeeded', imageId: 'i-1' } as const;
  const entry = { state, seenImageIds: ['i-1'], request: { kind: 'system' as const } };
  expect(meaningOf(entry)).toBe('The image is in IMS.');
  expect(meaningOf({ ...entry, prunedAt: 1 })).toBe(
    'The image was imported; prune deleted it later.',
  );
});
