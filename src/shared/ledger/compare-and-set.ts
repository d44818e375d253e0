import { z } from 'zod';
import { NOT_BEGUN, sharingText } from '../image/sharing.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { ImportEvent, ImportState, Progress } from '../state/import-state.ts';
import { isSettled, nameOf, STATES } from '../state/machine.ts';
import { storyLine } from '../state/story-line.ts';
import {
  canonicalRequest,
  endsAPoll,
  type LedgerEntry,
  progressFields,
  timeFields,
} from './ledger-entry.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { luaFile, runScript } from './scripts.ts';

const CHANGE = luaFile('import.lua').script(
  'change',
  z.union([
    z
      .tuple([z.literal('written')], z.string())
      .transform(([kind, ...finished]) => ({ kind, finished })),
    /** Another process was faster. */
    z.tuple([z.literal('moved')]).transform(([kind]) => ({ kind })),
    z
      .tuple([z.literal('taken'), z.string(), z.string()])
      .transform(([kind, imageId, owner]) => ({ kind, imageId, owner })),
  ]),
);

export interface Change {
  readonly before: LedgerEntry;
  readonly next: LedgerEntry;
  readonly event: ImportEvent;
  readonly now: number;
  readonly due: number;
}

/** Writes what a transition has made, if the import is still what it was made from. */
export async function compareAndSet(
  redis: RedisConnection,
  keys: LedgerKeys,
  { before, next, event, now, due }: Change,
) {
  const fields = [...progressFields(before, next), ...timeFields(before, next, { now, event })];
  if (next.request !== before.request) fields.push('request', canonicalRequest(next.request));
  const shares = beginsSharing(before, next);
  if (shares) fields.push('sharing', sharingText(NOT_BEGUN));
  if (endsAPoll(event)) fields.push('polls', String(before.polls + 1));
  return runScript(redis, CHANGE, {
    key: keys.import(before.key),
    arg: {
      prefix: keys.prefix,
      key: before.key,
      from: {
        state: before.state.status,
        epoch: String(before.epoch),
        revision: String(before.revision),
      },
      to: {
        state: next.state.status,
        held: nameOf(next.state) === 'held' ? '1' : '0',
        due: dueOf(next, event, due),
        line: storyLine(before, next, event) ?? '',
        shares,
      },
      now: String(now),
      ...claimsOf(before, next),
      ...(event.type === 'lost' ? omitUndefined({ givesBack: event.disowned }) : {}),
      fields,
    },
  });
}

/** Its image is there, and other projects shall have it. */
function beginsSharing({ state }: LedgerEntry, next: LedgerEntry): boolean {
  if (state.status === 'succeeded' || next.state.status !== 'succeeded') return false;
  return (next.request.members ?? []).length > 0;
}

/** An image that a list shows moves nothing. */
function dueOf({ state }: LedgerEntry, { type }: ImportEvent, due: number): string {
  if (type === 'seen') return 'keep';
  return isSettled(state) ? '' : due.toFixed();
}

/** What a change does to the index of images. */
export interface Claims {
  /** Images that become the import's own: no other import may have one of them. */
  readonly needed: readonly string[];
  /** Images that it may have: taken where nobody has them. */
  readonly wished: readonly string[];
  /** Whether it may have created an image that nobody knows. */
  readonly unowned: 'yes' | 'no' | 'as before';
}

/** Which images the import gets by a change; pure. Most changes bring none. */
export function claimsOf(before: Progress, next: Progress): Claims {
  const had = ownOf(before.state);
  const needed = ownOf(next.state).filter((id) => !had.includes(id));
  // One that was only seen may be another import's: that is decided when it becomes its own.
  const known = [...before.seenImageIds, ...needed];
  const wished = next.seenImageIds.filter((id) => !known.includes(id));
  return { needed, wished, unowned: unownedAfter(before, next) };
}

function ownOf(state: ImportState): readonly string[] {
  if (state.status !== 'creating' && state.status !== 'succeeded') return [];
  const { imageId, otherImageIds = [] } = state;
  return imageId === undefined ? otherImageIds : [imageId, ...otherImageIds];
}

function imageIn(state: ImportState) {
  return STATES[nameOf(state)].image;
}

/** An import at rest without an image may have left one behind: siblings need to know. */
function unownedAfter(before: Progress, next: Progress): Claims['unowned'] {
  if (next.seenImageIds.length > 0) return before.seenImageIds.length > 0 ? 'as before' : 'no';
  const isLeft = imageIn(before.state) !== 'none' && imageIn(next.state) === 'none';
  return isLeft ? 'yes' : 'as before';
}
