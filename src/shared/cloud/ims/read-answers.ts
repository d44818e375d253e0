import { z } from 'zod';
import { plain } from '../http/http-answer.ts';
import { verdictOf } from './error-catalogue.ts';
import { type ImsJob, isCloudId, type Quota } from './ims-answers.ts';

const text = z.string().nullish();
const id = z.string().refine(isCloudId).nullish().catch(undefined);

const subResult = z.object({
  entities: z.object({ image_id: id }).nullish().catch(undefined),
  image_id: id,
});
const entities = z.object({
  image_id: id,
  process_percent: z.union([z.number(), z.string()]).nullish().catch(undefined),
  results: z.array(subResult).nullish().catch(undefined),
  sub_jobs_result: z.array(subResult).nullish().catch(undefined),
  error_code: text.catch(undefined),
  addition_error_msg: text.catch(undefined),
  /** Older versions of OTC, for data disks: ids in a text, in a list, or in objects. */
  __data_images: z.unknown().optional(),
});
const jobSchema = z.object({
  job_id: z.string().refine(isCloudId),
  status: z.string(),
  error_code: text.catch(undefined),
  fail_reason: text.catch(undefined),
  end_time: text.catch(undefined),
  entities: entities.nullish().catch(undefined),
});

const count = z.union([
  z.number(),
  z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number),
]);
const resource = z.object({ type: z.literal('image'), used: count, quota: count });
/** A resource that cannot be read is another one's: only that of images is looked for. */
const quotaSchema = z.object({
  quotas: z.object({ resources: z.array(resource.nullable().catch(null)) }),
});

const STATUS_WORDS = new Set(['INIT', 'RUNNING', 'SUCCESS', 'FAIL']);

/** The IMS job in a body; `undefined` when it is none. Unknown fields are ignored. */
export function toImsJob(body: unknown): ImsJob | undefined {
  const parsed = jobSchema.safeParse(body);
  if (!parsed.success) return undefined;
  const { job_id: jobId, status, entities: found } = parsed.data;
  const word = status.toUpperCase();
  const all = imageIds(found);
  const [first, ...others] = all;
  const imageId = found?.image_id ?? first;
  const progress = toProgress(found?.process_percent);
  const error = word === 'FAIL' ? failReason(parsed.data) : undefined;
  return {
    id: jobId,
    status: STATUS_WORDS.has(word) ? (word as ImsJob['status']) : 'other',
    statusWord: plain(status, 40),
    otherImageIds: found?.image_id ? all.filter((other) => other !== imageId) : others,
    ...(progress === undefined ? {} : { progress }),
    ...endOf(parsed.data.end_time),
    ...(imageId ? { imageId } : {}),
    ...(error === undefined ? {} : { error }),
  };
}

/** OVA and imports with data disks: `results` and `sub_jobs_result` name further images. */
function imageIds(found: z.infer<typeof jobSchema>['entities']): readonly string[] {
  const parts = [...(found?.results ?? []), ...(found?.sub_jobs_result ?? [])];
  const ids = parts.map((part) => part.image_id ?? part.entities?.image_id);
  const known = [found?.image_id, ...ids, ...dataImageIds(found?.__data_images)].filter(
    (one): one is string => typeof one === 'string',
  );
  return [...new Set(known)];
}

function dataImageIds(value: unknown): readonly string[] {
  if (typeof value === 'string') return idsIn(value);
  if (Array.isArray(value)) return value.flatMap(dataImageIds);
  if (typeof value !== 'object' || value === null) return [];
  const { image_id, id: own } = value as { image_id?: unknown; id?: unknown };
  return dataImageIds(image_id ?? own);
}

/** `a,b`, or the same as JSON. */
function idsIn(text: string): readonly string[] {
  return text.split(/[\s,;[\]"']+/).filter(isCloudId);
}

/** IMS: UTC; other formats than ISO 8601 are not read, for nothing but a measurement rests on it. */
function endOf(time: string | null | undefined): { readonly endedAt?: number } {
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time ?? '');
  return isIso ? { endedAt: Date.parse(time ?? '') } : {};
}

/** IMS: `process_percent` is a share, 0.20 for 20 %. */
function toProgress(value: string | number | null | undefined): number | undefined {
  if (value === null || value === undefined) return undefined;
  const number = Number(value);
  if (!Number.isFinite(number) || number < 0) return undefined;
  return Math.min(1, number > 1 ? number / 100 : number);
}

function failReason(job: z.infer<typeof jobSchema>) {
  const code = job.error_code ?? job.entities?.error_code ?? 'FAIL';
  const message =
    job.fail_reason ?? job.entities?.addition_error_msg ?? 'the IMS job failed without a reason';
  const verdict = verdictOf(code);
  const advice = verdict?.kind === 'refused' ? { advice: verdict.advice } : {};
  return { code: plain(code, 60), message: plain(message, 500), ...advice };
}

/** OpenStack: a quota below 0 is none, which is `Infinity` here. */
export function toQuota(body: unknown): Quota | undefined {
  const parsed = quotaSchema.safeParse(body);
  const image = parsed.data?.quotas.resources.find((one) => one !== null);
  return (
    image && { used: image.used, quota: image.quota < 0 ? Number.POSITIVE_INFINITY : image.quota }
  );
}
