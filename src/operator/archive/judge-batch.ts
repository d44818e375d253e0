import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { GIVEN_UP } from '../../shared/look-up/match-images.ts';

/** Why a batch cannot be archived now, or nothing; pure. */
export function whyNotYet(
  { counts, total, finishedAt }: BatchSummary,
  at: { readonly now: number; readonly olderThanMs: number },
): string | undefined {
  const { pending, submitting, creating, unknown } = counts;
  const open = pending + submitting + creating + unknown;
  if (open > 0) return `has ${open} of ${total} images without an outcome`;
  if (finishedAt === undefined) return 'has not finished';
  if (finishedAt + at.olderThanMs > at.now) {
    return `has finished only at ${new Date(finishedAt).toISOString()}`;
  }
  return undefined;
}

/**
 * True while IMS may still answer the create of an image that has its outcome already: it was found, or
 * given up, before the answer came. The answer would be evidence of a double; pure.
 */
export function mayStillBeAnswered(
  { state, submittedAt }: LedgerEntry,
  at: { readonly now: number; readonly answerMs: number },
): boolean {
  if (submittedAt === undefined || submittedAt + at.answerMs <= at.now) return false;
  const isFound = state.status === 'succeeded' && state.jobId === undefined;
  return isFound || (state.status === 'failed' && state.reason.code === GIVEN_UP);
}

/** IMS jobs that may be followed although the import has come to rest; pure. */
export function strayJobsOf({ state, lateJobIds }: LedgerEntry): readonly string[] {
  const late = state.status === 'succeeded' && state.adopted === true ? state.jobId : undefined;
  return late === undefined ? lateJobIds : [...lateJobIds, late];
}
