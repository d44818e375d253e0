import { z } from 'zod';
import { IMAGE_KINDS, type ImageRequest } from '../image/image-request.ts';
import { retentionRowsSchema } from '../image/retention.ts';
import { parseSharing, sharingText } from '../image/sharing.ts';
import type { LedgerEntry, StoryLine } from '../ledger/ledger-entry.ts';
import { omitUndefined } from '../runtime/omit-undefined.ts';
import type { ImportState, Reason } from '../state/import-state.ts';
import { type EndedStatus, isEnded } from '../state/machine.ts';

/** Version of the files that this program writes. It reads this one and older ones. */
export const ARCHIVE_VERSION = 1;
export const ARCHIVE_FORMAT = 'ims-ferry-archive';

const STATES = ['succeeded', 'failed', 'cancelled'] as const satisfies readonly EndedStatus[];

const count = z.number().int().min(0);
const time = z.iso.datetime();
const maybeTime = time.nullable();
const maybeText = z.string().nullable();

/** The first line. Times are UTC. */
export const headerSchema = z.object({
  format: z.literal(ARCHIVE_FORMAT),
  version: z.number().int().min(1),
  id: z.string().min(1),
  batch: z.string(),
  namespace: z.string(),
  project_id: maybeText,
  created_at: time,
  finished_at: time,
  archived_at: time,
  total: count,
  counts: z.object({ succeeded: count, failed: count, cancelled: count }),
  /** Absent: its manifest names nobody. */
  notify: z.string().exactOptional(),
  /** Absent: its manifest has no rules. */
  retention: retentionRowsSchema.exactOptional(),
});

/** The last line: a file without it is not complete. */
export const footerSchema = z.object({ images: count });

const requestSchema = z.looseObject({ kind: z.enum(IMAGE_KINDS), name: z.string() });

const differenceSchema = z.object({ field: z.string(), wanted: z.string(), is: z.string() });

/** A line for each image, in the manifest's order. */
export const imageSchema = z.object({
  key: z.string(),
  /** The request, with the names of the manifest. */
  request: z.custom<ImageRequest>((value) => requestSchema.safeParse(value).success),
  state: z.enum(STATES),
  attempt: count,
  epoch: count,
  revision: count,
  queued: count,
  polls: count,
  priority: z.number().nullable(),
  batches: z.array(z.string()),
  declined: z.array(z.string()),
  registered_at: time,
  submitted_at: maybeTime,
  accepted_at: maybeTime,
  finished_at: maybeTime,
  job_id: maybeText,
  image_id: maybeText,
  other_image_ids: z.array(z.string()),
  /** Adopted, not created by this attempt. */
  adopted: z.boolean(),
  error: z
    .object({ code: z.string(), message: z.string(), advice: maybeText, request_id: maybeText })
    .nullable(),
  stray_job_ids: z.array(z.string()),
  stray_image_ids: z.array(z.string()),
  story: z.array(z.object({ at: time, text: z.string() })),
  /** Absent: it is what was requested, or nobody compared. */
  differences: z.array(differenceSchema).exactOptional(),
  /** As the ledger had it, as text; absent: it was shared with nobody. */
  sharing: z.string().exactOptional(),
});

/** A member of the batch that was missing from the ledger. */
export const lostSchema = z.object({ key: z.string(), state: z.literal('lost') });

export type ArchiveHeader = z.infer<typeof headerSchema>;
export type ArchivedImage = z.infer<typeof imageSchema>;
export type LostImage = z.infer<typeof lostSchema>;

type Ended = Extract<ImportState, { readonly status: EndedStatus }>;

/** An image that has its outcome, as it is written; `undefined` for any other. */
export function toArchived(
  entry: LedgerEntry,
  story: readonly StoryLine[],
): ArchivedImage | undefined {
  const { state } = entry;
  if (!hasEnded(state)) return undefined;
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
    submitted_at: maybeIsoTime(entry.submittedAt),
    accepted_at: maybeIsoTime(entry.acceptedAt),
    finished_at: maybeIsoTime(entry.finishedAt),
    job_id: 'jobId' in state ? (state.jobId ?? null) : null,
    image_id: 'imageId' in state ? (state.imageId ?? null) : null,
    other_image_ids: 'otherImageIds' in state ? [...(state.otherImageIds ?? [])] : [],
    adopted: state.status === 'succeeded' && state.adopted === true,
    error: 'reason' in state ? toError(state.reason) : null,
    stray_job_ids: [...entry.lateJobIds],
    stray_image_ids: [...entry.lateImageIds],
    story: story.map(({ at, text }) => ({ at: isoTime(at), text })),
    ...(state.status === 'succeeded' && state.differences
      ? { differences: [...state.differences] }
      : {}),
    ...(entry.sharing ? { sharing: sharingText(entry.sharing) } : {}),
  };
}

function hasEnded(state: ImportState): state is Ended {
  return isEnded(state.status);
}

/** The same image as the ledger had it. */
export function entryOf(image: ArchivedImage): LedgerEntry {
  return omitUndefined({
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
    // Nothing is decided from an archive: the image itself is in its state.
    seenImageIds: image.stray_image_ids,
    polls: image.polls,
    registeredAt: Date.parse(image.registered_at),
    priority: image.priority ?? undefined,
    submittedAt: maybeMs(image.submitted_at),
    acceptedAt: maybeMs(image.accepted_at),
    finishedAt: maybeMs(image.finished_at),
    sharing: parseSharing(image.sharing),
    state: stateOf(image),
  });
}

function stateOf(image: ArchivedImage): ImportState {
  const jobId = image.job_id ?? undefined;
  const imageId = image.image_id ?? undefined;
  const { state: status, other_image_ids: others, adopted } = image;
  switch (status) {
    case 'succeeded': {
      const otherImageIds = others.length === 0 ? undefined : others;
      const { differences } = image;
      const found = { jobId, otherImageIds, adopted: adopted || undefined, differences };
      return { status, imageId: imageId ?? '', ...omitUndefined(found) };
    }
    case 'failed':
      return omitUndefined({ status, reason: reasonOf(image.error), jobId, imageId });
    case 'cancelled':
      return { status };
  }
}

function toError({ code, message, advice, requestId }: Reason): ArchivedImage['error'] {
  return { code, message, advice: advice ?? null, request_id: requestId ?? null };
}

function reasonOf(error: ArchivedImage['error']): Reason {
  const { code = 'NO_CODE', message = '', advice, request_id: requestId } = error ?? {};
  return omitUndefined({
    code,
    message,
    advice: advice ?? undefined,
    requestId: requestId ?? undefined,
  });
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}

function maybeIsoTime(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}

function maybeMs(time: string | null): number | undefined {
  return time === null ? undefined : Date.parse(time);
}
