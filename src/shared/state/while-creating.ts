import type { ImportEvent } from './import-event.ts';
import type { ImportState } from './import-state.ts';

type Event<T extends ImportEvent['type']> = Extract<ImportEvent, { type: T }>;
type Creating = Extract<ImportState, { status: 'creating' }>;

/** What one poll told, kept beside what was known. */
export function polled(state: Creating, event: Event<'polled'>): Creating {
  const { lostReads = 0, foreignReads = 0, ...rest } = state;
  return {
    ...rest,
    polledAt: event.at,
    ...(event.lost ? { lostReads: lostReads + 1 } : {}),
    ...(event.foreign ? { foreignReads: foreignReads + 1 } : {}),
    ...moved(state, event),
    ...(event.imageId === undefined ? {} : { imageId: event.imageId }),
    ...(event.otherImageIds?.length ? { otherImageIds: event.otherImageIds } : {}),
    ...(event.successAt === undefined ? {} : { successAt: event.successAt }),
    ...(event.overdue ? { overdue: true } : {}),
  };
}

function moved(
  state: Creating,
  { progress, at }: Event<'polled'>,
): Pick<Creating, 'progress' | 'movedAt'> {
  if (progress === undefined || progress === state.progress) return {};
  return { progress, movedAt: at };
}

/** The three ways out of creating. */
export function ended(
  state: Creating,
  event: Event<'succeeded'> | Event<'failed'> | Event<'lost'>,
): ImportState {
  const job = state.jobId === undefined ? {} : { jobId: state.jobId };
  switch (event.type) {
    case 'succeeded': {
      const others = event.otherImageIds.length ? { otherImageIds: event.otherImageIds } : {};
      return { status: 'succeeded', imageId: event.imageId, ...job, ...others };
    }
    case 'failed': {
      const imageId = event.imageId ?? state.imageId;
      const image = imageId === undefined ? {} : { imageId };
      return { status: 'failed', reason: event.reason, ...job, ...image };
    }
    case 'lost':
      return {
        status: 'unknown',
        since: event.at,
        sendBy: event.at,
        reason: event.reason,
        held: event.hold,
        lookUps: 0,
        ...job,
        ...(state.imageId === undefined || state.imageId === event.disowned
          ? {}
          : { imageIds: [state.imageId] }),
      };
  }
}
