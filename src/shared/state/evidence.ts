import type { ImportEvent } from './import-event.ts';
import type { ImportState, Progress } from './import-state.ts';

type Accepted = Extract<ImportEvent, { type: 'accepted' }>;
type Rest = Extract<ImportState, { status: 'pending' | 'failed' }>;

/** The reason of an unknown import for which several images were found. */
export const DOUBLE = 'DOUBLE';
/** The reason of an import that was missing from the ledger while IMS may have been creating it. */
export const LEDGER_LOST = 'LEDGER_LOST';

/**
 * A job id proves that IMS works on this import. It wins over everything that is not settled, if it
 * belongs to the newest intent; over pending whatever its epoch, since nothing newer is on its way.
 */
export function accepted(now: Progress, event: Accepted): Progress | undefined {
  const { state } = now;
  const { jobId, at } = event;
  if ('jobId' in state && state.jobId === jobId) return undefined;
  if (state.status === 'pending' || isLost(state)) return follow(now, event);
  if (now.epoch === event.epoch) {
    if (state.status === 'submitting') {
      return { ...now, state: { status: 'creating', since: at, jobId } };
    }
    if (state.status === 'unknown' && state.jobId === undefined) {
      return state.reason.code === DOUBLE
        ? { ...now, state: { ...state, jobId } }
        : follow(now, event);
    }
    if (state.status === 'creating' && state.jobId === undefined) {
      return { ...now, state: { ...state, jobId } };
    }
    // Its image was found before this answer came; whether it is this job's, the worker looks up.
    if (state.status === 'succeeded' && state.adopted && state.jobId === undefined) {
      return { ...now, state: { ...state, jobId } };
    }
  }
  if (now.strayJobIds.includes(jobId)) return undefined;
  return { ...now, strayJobIds: [...now.strayJobIds, jobId] };
}

/** The ledger had lost the import and all of its epochs: nothing newer is on its way. */
function isLost(state: ImportState): boolean {
  return (
    state.status === 'unknown' && state.jobId === undefined && state.reason.code === LEDGER_LOST
  );
}

/** From a state that had no poll job: the id of an old one may still be in use. */
function follow(now: Progress, { jobId, at, epoch, takenImageId }: Accepted): Progress {
  const [imageId, another] = now.seenImageIds.filter((id) => id !== takenImageId);
  const image = imageId === undefined || another !== undefined ? {} : { imageId };
  const state = { status: 'creating', since: at, jobId, ...image } as const;
  return { ...now, epoch: Math.max(now.epoch, epoch), queued: now.queued + 1, state };
}

/**
 * Before an import comes to rest without an image (pending, failed), what an older intent left is
 * taken up: its IMS job or its image is followed instead of creating another one.
 */
export function evidenceFirst(now: Progress, otherwise: Rest, at: number): Progress {
  const [jobId, ...strayJobIds] = now.strayJobIds;
  const queued = now.queued + 1;
  if (jobId !== undefined) {
    return { ...now, queued, strayJobIds, state: { status: 'creating', since: at, jobId } };
  }
  const [imageId, ...strayImageIds] = now.strayImageIds;
  if (imageId !== undefined) {
    const state = { status: 'creating', since: at, imageId, adopted: true } as const;
    return { ...now, queued, strayImageIds, state };
  }
  return { ...now, state: otherwise };
}
