import { GIVEN_UP } from '../../src/shared/look-up/match-images.ts';
import type { ImportState, Progress } from '../../src/shared/state/import-state.ts';
import { DOUBLE } from '../../src/shared/state/rules.ts';
import { GONE_CHECKS } from '../../src/worker/before-create.ts';

/** An import that was just registered. */
export function newProgress(): Progress {
  const ids = { lateJobIds: [], lateImageIds: [], seenImageIds: [] };
  return { epoch: 0, attempt: 1, queued: 0, ...ids, state: { status: 'pending' } };
}

/** Words make no difference; two codes do. */
export function reasonOf(code: string) {
  return { code: code === DOUBLE || code === GIVEN_UP ? code : 'X', message: '' };
}

/** What makes no difference is made equal. */
export function normalProgress(progress: Progress): Progress {
  return { ...progress, queued: 0, state: normalState(progress.state) };
}

function normalState(state: ImportState): ImportState {
  switch (state.status) {
    case 'unknown':
      return { ...state, lookUps: 0, reason: reasonOf(state.reason.code) };
    case 'creating': {
      const { status, jobId, imageId, adopted } = state;
      const ids = { ...(jobId && { jobId }), ...(imageId && { imageId }) };
      return { status, since: 0, ...ids, ...(adopted && { adopted }) };
    }
    case 'pending': {
      // All looks but the last are alike.
      const gone = state.gone && { gone: { looks: GONE_CHECKS - 1, since: 0, at: 0 } };
      return { ...state, ...gone };
    }
    case 'submitting':
    case 'succeeded':
    case 'failed':
    case 'cancelled':
      return state;
  }
}
