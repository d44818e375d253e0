import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { formatCount } from './format.ts';
import { DISPLAY_STATES, displayStateOf } from './states.ts';

type Subject = Pick<LedgerEntry, 'state' | 'prunedAt' | 'seenImageIds'> & {
  readonly request: Pick<LedgerEntry['request'], 'kind'>;
};

/** What the state of an import means, in a sentence. */
export function meaningOf({ state, prunedAt, seenImageIds, request }: Subject): string {
  if (prunedAt !== undefined) return 'The image was imported; prune deleted it later.';
  if (state.status === 'pending' && seenImageIds.length > 0) {
    const [only, another] = seenImageIds;
    const what =
      another === undefined
        ? `image ${only} is`
        : `${formatCount(seenImageIds.length, 'image')} are`;
    return `Waiting until the image list and reads agree that ${what} gone; only then is it created again.`;
  }
  if (state.status === 'pending' && request.kind === 'copy') {
    return 'Waiting for the image that it copies, or to be submitted.';
  }
  const held = state.status === 'unknown' && state.held;
  return DISPLAY_STATES[displayStateOf({ state: state.status, held })].meaning;
}
