import type { LedgerEntry, StoryLine } from '../ledger/ledger-entry.ts';
import type { ImportState, Reason } from '../state/import-state.ts';
import type { ArchivedImage } from './archive-format.ts';

/** An image that has its outcome, as it is written down; `undefined` for any other. */
export function toArchived(
  entry: LedgerEntry,
  story: readonly StoryLine[],
): ArchivedImage | undefined {
  const { state } = entry;
  if (state.status !== 'succeeded' && state.status !== 'failed' && state.status !== 'cancelled') {
    return undefined;
  }
  return {
    key: entry.key,
    request: { ...entry.request },
    state: state.status,
    attempt: entry.attempt,
    epoch: entry.epoch,
    revision: entry.revision,
    queued: entry.queued,
    polls: entry.polls,
    priority: entry.priority ?? null,
    batches: [...entry.batches],
    declined: [...entry.declined],
    registered_at: isoTime(entry.registeredAt),
    submitted_at: maybeTime(entry.submittedAt),
    accepted_at: maybeTime(entry.acceptedAt),
    finished_at: maybeTime(entry.finishedAt),
    job_id: 'jobId' in state ? (state.jobId ?? null) : null,
    image_id: 'imageId' in state ? (state.imageId ?? null) : null,
    other_image_ids: 'otherImageIds' in state ? [...(state.otherImageIds ?? [])] : [],
    adopted: state.status === 'succeeded' && state.adopted === true,
    error: 'reason' in state ? written(state.reason) : null,
    stray_job_ids: [...entry.lateJobIds],
    stray_image_ids: [...entry.lateImageIds],
    story: story.map(({ at, text }) => ({ at: isoTime(at), text })),
  };
}

/** The same image as the ledger had it. */
export function entryOf(image: ArchivedImage): LedgerEntry {
  return {
    key: image.key,
    request: image.request,
    batches: image.batches,
    declined: image.declined,
    revision: image.revision,
    epoch: image.epoch,
    attempt: image.attempt,
    queued: image.queued,
    lateJobIds: image.stray_job_ids,
    lateImageIds: image.stray_image_ids,
    // Nothing is decided on what an archive says: the image itself stands in its state.
    seenImageIds: image.stray_image_ids,
    polls: image.polls,
    registeredAt: Date.parse(image.registered_at),
    ...(image.priority === null ? {} : { priority: image.priority }),
    ...(image.submitted_at === null ? {} : { submittedAt: Date.parse(image.submitted_at) }),
    ...(image.accepted_at === null ? {} : { acceptedAt: Date.parse(image.accepted_at) }),
    ...(image.finished_at === null ? {} : { finishedAt: Date.parse(image.finished_at) }),
    state: stateOf(image),
  };
}

function stateOf(image: ArchivedImage): ImportState {
  const job = image.job_id === null ? {} : { jobId: image.job_id };
  switch (image.state) {
    case 'succeeded':
      return {
        status: 'succeeded',
        imageId: image.image_id ?? '',
        ...job,
        ...(image.other_image_ids.length === 0 ? {} : { otherImageIds: image.other_image_ids }),
        ...(image.adopted ? { adopted: true } : {}),
      };
    case 'failed': {
      const found = image.image_id === null ? {} : { imageId: image.image_id };
      return { status: 'failed', reason: reasonOf(image.error), ...job, ...found };
    }
    case 'cancelled':
      return { status: 'cancelled' };
  }
}

function written({ code, message, advice, requestId }: Reason): ArchivedImage['error'] {
  return { code, message, advice: advice ?? null, request_id: requestId ?? null };
}

function reasonOf(error: ArchivedImage['error']): Reason {
  const { code = 'NO_CODE', message = '', advice = null, request_id = null } = error ?? {};
  return {
    code,
    message,
    ...(advice === null ? {} : { advice }),
    ...(request_id === null ? {} : { requestId: request_id }),
  };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function maybeTime(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}
