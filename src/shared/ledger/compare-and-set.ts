import type { ImportKey } from '../image/import-key.ts';
import type { RedisConnection } from '../redis/redis-connection.ts';
import type { ImportEvent } from '../state/import-state.ts';
import { isSettled } from '../state/machine.ts';
import { storyLine } from '../state/story-line.ts';
import { claimsOf } from './image-claims.ts';
import {
  canonicalRequest,
  endsAPoll,
  type LedgerEntry,
  progressFields,
  timeFields,
} from './ledger-entry.ts';
import type { LedgerKeys } from './ledger-keys.ts';
import { runScript } from './run-script.ts';
import { CHANGE_SCRIPT } from './scripts/change-script.ts';

export interface Change {
  readonly before: LedgerEntry;
  readonly next: LedgerEntry;
  readonly event: ImportEvent;
  readonly now: number;
  readonly due: number;
}

export type Written =
  | { readonly kind: 'written'; readonly finished: readonly string[] }
  /** Somebody else was faster. */
  | { readonly kind: 'moved' }
  | { readonly kind: 'taken'; readonly imageId: string; readonly owner: ImportKey };

/** What a list shows moves nothing. */
function dueOf({ state }: LedgerEntry, { type }: ImportEvent, due: number): string {
  if (type === 'seen') return 'keep';
  return isSettled(state) ? '' : due.toFixed();
}

/** Writes what a transition has made, if the import is still what it was made of. */
export async function compareAndSet(
  redis: RedisConnection,
  keys: LedgerKeys,
  { before, next, event, now, due }: Change,
): Promise<Written> {
  const held = next.state.status === 'unknown' && next.state.held;
  const { needed, wished, unowned } = claimsOf(before, next);
  const fields = [...progressFields(before, next), ...timeFields(before, next, { now, event })];
  if (next.request !== before.request) fields.push('request', canonicalRequest(next.request));
  if (endsAPoll(event)) fields.push('polls', String(before.polls + 1));
  const answer = (await runScript(redis, CHANGE_SCRIPT, {
    keys: [keys.import(before.key)],
    args: [
      keys.prefix,
      before.key,
      before.state.status,
      String(before.epoch),
      String(before.revision),
      next.state.status,
      held ? '1' : '0',
      dueOf(next, event, due),
      String(now),
      storyLine(before, next, event) ?? '',
      needed.join(' '),
      wished.join(' '),
      unowned,
      event.type === 'lost' ? (event.disowned ?? '') : '',
      ...fields,
    ],
  })) as [number, ...string[]];
  const [done, first = '', second = ''] = answer;
  if (done === 1) return { kind: 'written', finished: answer.slice(1) as string[] };
  return done === 2 ? { kind: 'taken', imageId: first, owner: second } : { kind: 'moved' };
}
