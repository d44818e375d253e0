import { z } from 'zod';

export const FORMAT = 'ims-ferry simulator 1';

const count = z.number();
const counts = z.record(z.string(), count);
const tag = z.object({ key: z.string(), value: z.string() });
const api = z.enum(['system', 'data', 'quick', 'copy']);
const fields = z.record(z.string(), z.unknown());

const task = z.object({
  jobId: z.string(),
  jobType: z.string(),
  owner: z.string(),
  imageIds: z.array(z.string()).readonly(),
  imageNames: z.array(z.string()).readonly(),
  acceptedAt: count,
  startsAt: count,
  // JSON has no Infinity: null is a stuck job.
  endsAt: count.nullable().transform((end) => end ?? Number.POSITIVE_INFINITY),
  failure: z.object({ code: z.string(), reason: z.string() }).exactOptional(),
});

const member = z.object({
  projectId: z.string(),
  status: z.enum(['pending', 'accepted', 'rejected']),
  createdAt: count,
  updatedAt: count,
});

const image = z.object({
  id: z.string(),
  owner: z.string(),
  name: z.string(),
  tags: z.array(tag).readonly(),
  createdAt: count,
  deletedAt: count.exactOptional(),
  members: z.array(member).readonly().exactOptional(),
  jobId: z.string().exactOptional(),
  fields,
});

const accepted = z.object({
  seq: count,
  at: count,
  api,
  path: z.string(),
  projectId: z.string(),
  name: z.string(),
  image_url: z.string(),
  tags: z.array(tag).readonly(),
  marker: z.string().nullable(),
  job_id: z.string(),
  image_ids: z.array(z.string()).readonly(),
  late: z.boolean(),
});

const changed = z.object({
  seq: count,
  at: count,
  call: z.enum(['patch', 'tags']),
  image_id: z.string(),
  fields: z.array(z.string()).readonly(),
});

const memberAct = z.object({
  at: count,
  imageId: z.string(),
  projectId: z.string(),
  action: z.enum(['added', 'removed', 'pending', 'accepted', 'rejected']),
});

const user = z.object({
  id: z.string(),
  name: z.string(),
  domain: z.object({ id: z.string(), name: z.string() }),
});

const session = z.object({
  methods: z.array(z.string()).readonly(),
  user,
  scope: z.discriminatedUnion('kind', [
    z.object({
      kind: z.literal('project'),
      project: z.object({ id: z.string(), name: z.string(), region: z.string() }),
    }),
    z.object({ kind: z.literal('domain') }),
    z.object({ kind: z.literal('none') }),
  ]),
  issuedAt: count,
  expiresAt: count,
  assumedBy: user.exactOptional(),
});

const stats = z.object({
  logins: count,
  loginsBy: counts,
  failedLogins: count,
  signed: count,
  failedSignatures: count,
  posts: count,
  throttled: count,
  calls: counts,
  endpoints: counts,
  faults: counts,
});

export const keptWorld = z.object({
  format: z.literal(FORMAT),
  starts: count,
  stats,
  cloud: z.object({
    accepted: z.array(accepted).readonly(),
    // Files of older versions have none.
    changes: z.array(changed).readonly().default([]),
    memberLog: z.array(memberAct).readonly().default([]),
    tasks: z.array(task).readonly(),
    images: z.array(image).readonly(),
    arrivals: z.array(
      z.object({ at: count, api, path: z.string(), projectId: z.string(), body: fields }),
    ),
    maxInFlight: count,
  }),
  tokens: z.array(z.tuple([z.string(), session]).readonly()).readonly(),
});

/** What outlives the process. Times are of the wall clock: a cloud continues meanwhile. */
export type KeptWorld = z.infer<typeof keptWorld>;
export type KeptCloud = KeptWorld['cloud'];
/** An image that names its task instead of holding it. */
export type KeptImage = KeptCloud['images'][number];
