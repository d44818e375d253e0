import { z } from 'zod';
import type { Session } from '../iam/session.ts';
import type { Accepted } from '../ims/accepted-log.ts';
import type { Arrival } from '../ims/cloud.ts';
import type { StoredImage } from '../ims/image-store.ts';
import type { Task } from '../ims/job-life.ts';
import type { Stats, World } from '../server/context.ts';

/** An image that names its task instead of holding it. */
export interface KeptImage extends Omit<StoredImage, 'task'> {
  readonly jobId?: string;
}

export interface KeptCloud {
  readonly accepted: readonly Accepted[];
  readonly tasks: readonly Task[];
  readonly images: readonly KeptImage[];
  readonly arrivals: readonly Arrival[];
  readonly maxInFlight: number;
}

const FORMAT = 'ims-ferry simulator 1';

/** What outlives the process. Times are of the wall clock: a cloud continues meanwhile. */
export interface KeptWorld {
  readonly format: typeof FORMAT;
  readonly starts: number;
  readonly stats: Stats;
  readonly cloud: KeptCloud;
  readonly tokens: readonly (readonly [token: string, session: Session])[];
}

const count = z.number();
const counts = z.record(z.string(), count);
const tag = z.object({ key: z.string(), value: z.string() });
const api = z.enum(['system', 'data', 'quick']);
const fields = z.record(z.string(), z.unknown());

const task = z.object({
  jobId: z.string(),
  jobType: z.string(),
  owner: z.string(),
  imageIds: z.array(z.string()),
  imageNames: z.array(z.string()),
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
  tags: z.array(tag),
  createdAt: count,
  deletedAt: count.exactOptional(),
  members: z.array(member).exactOptional(),
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
  tags: z.array(tag),
  marker: z.string().nullable(),
  job_id: z.string(),
  image_ids: z.array(z.string()),
  late: z.boolean(),
});

const user = z.object({
  id: z.string(),
  name: z.string(),
  domain: z.object({ id: z.string(), name: z.string() }),
});

const session = z.object({
  methods: z.array(z.string()),
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

export const keptWorld: z.ZodType<KeptWorld> = z.object({
  format: z.literal(FORMAT),
  starts: count,
  stats,
  cloud: z.object({
    accepted: z.array(accepted),
    tasks: z.array(task),
    images: z.array(image),
    arrivals: z.array(
      z.object({ at: count, api, path: z.string(), projectId: z.string(), body: fields }),
    ),
    maxInFlight: count,
  }),
  tokens: z.array(z.tuple([z.string(), session])),
});

export function keepWorld({ starts, stats: counted, cloud, accounts }: World): KeptWorld {
  return {
    format: FORMAT,
    starts,
    stats: counted,
    cloud: cloud.toKeep(),
    tokens: accounts.toKeep(),
  };
}
