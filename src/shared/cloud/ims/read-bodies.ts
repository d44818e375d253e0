import { z } from 'zod';
import { verdictOf } from '../../dialect/error-catalogue.ts';
import { type ImportKey, MARKER_TAG_KEY } from '../../image/import-key.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import { plain } from '../http/answer.ts';
import { isFields } from '../http/service-error.ts';
import { isCloudId } from '../http/url-part.ts';
import type { ImsImage, ImsJob, OddImage, Quota } from './ims-answers.ts';

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
/** Only the resource of images counts: the others need not be readable. */
const quotaSchema = z.object({
  quotas: z.object({ resources: z.array(resource.nullable().catch(null)) }),
});

const STATUS_WORDS = new Set(['INIT', 'RUNNING', 'SUCCESS', 'FAIL']);

/** The IMS job in a body; `undefined` if it is not a job. Unknown fields are ignored. */
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
    ...omitUndefined({ progress, endedAt: endOf(parsed.data.end_time), imageId, error }),
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

/** IMS: UTC. Only ISO 8601 is read: nothing but a measurement depends on it. */
function endOf(time: string | null | undefined): number | undefined {
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time ?? '');
  return isIso ? Date.parse(time ?? '') : undefined;
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
  const advice = verdict?.kind === 'refused' ? verdict.advice : undefined;
  return { code: plain(code, 60), message: plain(message, 500), ...omitUndefined({ advice }) };
}

/** OpenStack: a quota below 0 means no limit, `Infinity` here. */
export function toQuota(body: unknown): Quota | undefined {
  const parsed = quotaSchema.safeParse(body);
  const image = parsed.data?.quotas.resources.find((one) => one !== null);
  return (
    image && { used: image.used, quota: image.quota < 0 ? Number.POSITIVE_INFINITY : image.quota }
  );
}

/** One page of a list. */
export interface ImagePage {
  readonly images: readonly ImsImage[];
  /** What could not be read. */
  readonly odd: readonly OddImage[];
  /** How many elements it has, readable or not. */
  readonly size: number;
  /** The last id, of an image that can be read if there is one: the next page begins after it. */
  readonly lastId?: string;
  /** It names a next page. */
  readonly saysMore: boolean;
}

/** Element by element: an unreadable one does not affect the others. */
export function toImagePage(body: unknown): ImagePage | undefined {
  if (!isFields(body) || !Array.isArray(body['images'])) return undefined;
  const elements = body['images'] as readonly unknown[];
  const images: ImsImage[] = [];
  const odd: OddImage[] = [];
  for (const element of elements) {
    const read = readImage(element);
    if (read.odd.length === 0) images.push(read.image);
    else odd.push(oddOf(element, read));
  }
  const lastId = images.at(-1)?.id ?? odd.findLast(({ image }) => image.id !== '')?.image.id;
  const saysMore = typeof body['next'] === 'string' && body['next'] !== '';
  return { images, odd, size: elements.length, saysMore, ...omitUndefined({ lastId }) };
}

/** An image requested by its id: only its status counts. */
export function toImage(body: unknown): ImsImage | undefined {
  const { image, odd } = readImage(body);
  return odd.includes('id') || odd.includes('status') ? undefined : image;
}

interface Read {
  readonly image: ImsImage;
  /** Names of unreadable fields, of those that identify an image as ours. */
  readonly odd: readonly string[];
}

function readImage(element: unknown): Read {
  if (!isFields(element)) return { image: NOTHING, odd: ['id', 'status', 'owner', 'tags'] };
  const { id, name, status, owner, tags, created_at, __data_origin: origin } = element;
  const isNone = (value: unknown): boolean => value === undefined || value === null;
  const isText = (value: unknown): value is string => typeof value === 'string';
  const isGood = {
    id: isText(id) && isCloudId(id),
    status: isText(status) && status !== '',
    owner: isText(owner) && owner !== '',
    name: isText(name) || isNone(name),
    tags: isNone(tags) || (Array.isArray(tags) && tags.every(isText)),
    __data_origin: isText(origin) || isNone(origin),
  };
  const createdAt = isText(created_at) ? Date.parse(created_at) : Number.NaN;
  const { virtual_env_type: environment, min_disk: minDisk } = element;
  const image = {
    id: isGood.id ? String(id) : '',
    name: isText(name) ? name : '',
    status: isText(status) ? status.toLowerCase() : '',
    owner: isText(owner) ? owner : '',
    tags: Array.isArray(tags) ? tags.filter(isText) : [],
    createdAt: Number.isNaN(createdAt) ? 0 : createdAt,
    ...omitUndefined({
      dataOrigin: isText(origin) && origin !== '' ? origin : undefined,
      kind: isText(environment) && environment !== '' ? kindOf(environment) : undefined,
      minDisk: typeof minDisk === 'number' ? minDisk : undefined,
    }),
  };
  const odd = Object.entries(isGood).filter(([, good]) => !good);
  return { image, odd: odd.map(([field]) => field) };
}

const NOTHING: ImsImage = { id: '', name: '', status: '', owner: '', tags: [], createdAt: 0 };

/** IMS: FusionCompute, Ironic, IsoImage; DataImage for a data disk. */
function kindOf(environment: string): 'system' | 'data' {
  return environment === 'DataImage' ? 'data' : 'system';
}

function oddOf(element: unknown, { image, odd }: Read): OddImage {
  const text = JSON.stringify(element) ?? '';
  return {
    image,
    fields: odd,
    markers: [...new Set([...text.matchAll(MARKER)].map(([, key = '']) => key))],
    isMarked: text.includes(MARKER_TAG_KEY),
  };
}

/** The key behind our tag's name, whether the element holds text or objects of key and value. */
const MARKER = new RegExp(
  `${MARKER_TAG_KEY}(?:[^A-Za-z0-9_-]{1,20}(?:value)?[^A-Za-z0-9_-]{0,10})([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])`,
  'g',
);

/** What is wrong with it, for people. */
export function describeOdd({ image, fields }: OddImage): string {
  const who = image.id === '' ? 'one without an id' : `image ${image.id}`;
  const name = image.name === '' ? '' : ` (${plain(image.name, 80)})`;
  return `${who}${name}: ${fields.join(', ')}`;
}

/** All of them in one line. */
export function describeOdds(odd: readonly OddImage[]): string {
  const first = odd.slice(0, 3).map(describeOdd).join('; ');
  const more = odd.length > 3 ? `; and ${odd.length - 3} more` : '';
  const images = odd.length === 1 ? '1 image' : `${odd.length} images`;
  return `IMS lists ${images} that cannot be read, by these fields: ${first}${more}`;
}

/** The markers found in what cannot be read. */
export function markersIn(odd: readonly OddImage[]): readonly ImportKey[] {
  return [...new Set(odd.flatMap(({ markers }) => markers))];
}
