import { z } from 'zod';
import { IMAGE_KINDS, type ImageRequest } from '../image/image-request.ts';

/** Version of the files that this program writes. It reads this one and older ones. */
export const ARCHIVE_VERSION = 1;
export const ARCHIVE_FORMAT = 'ims-ferry-archive';

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
});

/** The last line: a file without it is not whole. */
export const footerSchema = z.object({ images: count });

const requestSchema = z.looseObject({ kind: z.enum(IMAGE_KINDS), name: z.string() });

/** A line for each image, in the manifest's order. */
export const imageSchema = z.object({
  key: z.string(),
  /** What was asked of IMS, with the names of the manifest. */
  request: z.custom<ImageRequest>((value) => requestSchema.safeParse(value).success),
  state: z.enum(['succeeded', 'failed', 'cancelled']),
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
  /** Taken over, not created by this attempt. */
  adopted: z.boolean(),
  error: z
    .object({ code: z.string(), message: z.string(), advice: maybeText, request_id: maybeText })
    .nullable(),
  stray_job_ids: z.array(z.string()),
  stray_image_ids: z.array(z.string()),
  story: z.array(z.object({ at: time, text: z.string() })),
});

/** A member of the batch of which the ledger knew nothing any more. */
export const lostSchema = z.object({ key: z.string(), state: z.literal('lost') });

export type ArchiveHeader = z.infer<typeof headerSchema>;
export type ArchivedImage = z.infer<typeof imageSchema>;
export type LostImage = z.infer<typeof lostSchema>;
