import { z } from 'zod';
import { verdictOf } from '../../dialect/error-catalogue.ts';
import { MARKER_TAG_KEY } from '../../image/import-key.ts';
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

const digits = z.string().regex(/^-?\d+$/);
const count = z.union([z.number(), digits.transform(Number)]);
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
  const all = [found?.image_id, ...ids, ...dataImageIds(found?.__data_images)];
  return [...new Set(all.filter((one) => typeof one === 'string'))];
}

/** Text is `a,b`, or the same as JSON. */
function dataImageIds(value: unknown): readonly string[] {
  if (typeof value === 'string') return value.split(/[\s,;[\]"']+/).filter(isCloudId);
  if (Array.isArray(value)) return value.flatMap(dataImageIds);
  if (typeof value !== 'object' || value === null) return [];
  const { image_id, id: own } = value as { image_id?: unknown; id?: unknown };
  return dataImageIds(image_id ?? own);
}

/** IMS: UTC. Only ISO 8601 is read: nothing but a measurement depends on it. */
function endOf(time: string | null | undefined): number | undefined {
  const isIso = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(time ?? '');
  return isIso ? Date.parse(time ?? '') : undefined;
}

/** IMS: `process_percent` is a share, 0.20 for 20 %. */
function toProgress(value: string | number | null | undefined): number | undefined {
  const number = Number(value ?? Number.NaN);
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

/**
 * One page of a list, element by element: an unreadable one does not affect the others. `size` counts all.
 * The next page begins after `lastId`, of an image that can be read if there is one.
 */
export function toImagePage(body: unknown) {
  if (!isFields(body) || !Array.isArray(body['images'])) return undefined;
  const elements: readonly unknown[] = body['images'];
  const all = elements.map((element) => ({ element, ...readImage(element) }));
  const images = all.filter(({ fields }) => fields.length === 0).map(({ image }) => image);
  const odd = all.filter(({ fields }) => fields.length > 0).map(toOdd);
  const lastId = images.at(-1)?.id ?? odd.findLast(({ image }) => image.id !== '')?.image.id;
  const saysMore = typeof body['next'] === 'string' && body['next'] !== '';
  return { images, odd, size: elements.length, saysMore, ...omitUndefined({ lastId }) };
}

/** An image requested by its id: only its status counts. */
export function toImage(body: unknown): ImsImage | undefined {
  const { image, fields } = readImage(body);
  return fields.includes('id') || fields.includes('status') ? undefined : image;
}

type Read = Pick<OddImage, 'image' | 'fields'>;

/** `fields` are the unreadable ones among those that identify an image as ours. */
function readImage(element: unknown): Read {
  if (!isFields(element)) return { image: NOTHING, fields: ['id', 'status', 'owner', 'tags'] };
  const { id, name, status, owner, tags, created_at, __data_origin: origin } = element;
  const { virtual_env_type: environment, min_disk: minDisk, protected: isProtected } = element;
  const isNone = (value: unknown): boolean => value === undefined || value === null;
  const isText = (value: unknown): value is string => typeof value === 'string';
  const textOf = (value: unknown): string => (isText(value) ? value : '');
  const isGood = {
    id: isText(id) && isCloudId(id),
    status: textOf(status) !== '',
    owner: textOf(owner) !== '',
    name: isText(name) || isNone(name),
    tags: isNone(tags) || (Array.isArray(tags) && tags.every(isText)),
    __data_origin: isText(origin) || isNone(origin),
  };
  const image = {
    id: isGood.id ? String(id) : '',
    name: textOf(name),
    status: textOf(status).toLowerCase(),
    owner: textOf(owner),
    tags: Array.isArray(tags) ? tags.filter(isText) : [],
    createdAt: Date.parse(textOf(created_at)) || 0,
    ...omitUndefined({
      dataOrigin: textOf(origin) || undefined,
      kind: kindOf(textOf(environment)),
      minDisk: typeof minDisk === 'number' ? minDisk : undefined,
      description: descriptionOf(element),
      details: detailsOf(element),
      isProtected: typeof isProtected === 'boolean' ? isProtected : undefined,
      isShared: isShared(element) || undefined,
      sizeBytes: Number(element['__image_size']) || undefined,
    }),
  };
  const odd = Object.entries(isGood).filter(([, good]) => !good);
  return { image, fields: odd.map(([field]) => field) };
}

/** IMS: `max_ram` is text, `__support_arm` is the text `true`. Nothing of it identifies an image. */
function detailsOf(element: Readonly<Record<string, unknown>>): ImsImage['details'] {
  const textOf = (field: string): string | undefined => {
    const value = element[field];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const numberOf = (field: string): number | undefined => {
    const value = element[field];
    const number = typeof value === 'string' && value !== '' ? Number(value) : value;
    return typeof number === 'number' && Number.isSafeInteger(number) ? number : undefined;
  };
  const arm = textOf('__support_arm');
  const details = omitUndefined({
    environment: textOf('virtual_env_type'),
    osType: textOf('__os_type'),
    osVersion: textOf('__os_version'),
    firmware: textOf('hw_firmware_type'),
    isArm: arm === undefined ? undefined : arm === 'true',
    cmkId: textOf('__system__cmkid'),
    enterpriseProjectId: textOf('enterprise_project_id'),
    minRam: numberOf('min_ram'),
    maxRam: numberOf('max_ram'),
  });
  return Object.keys(details).length === 0 ? undefined : details;
}

/**
 * IMS leaves out an empty description, but never `__imagetype`: where that is missing too, nothing is known of
 * the description.
 */
function descriptionOf({ __description, __imagetype }: Readonly<Record<string, unknown>>) {
  if (typeof __description === 'string') return __description;
  return typeof __imagetype === 'string' ? '' : undefined;
}

/** IMS: both say it; the type of a shared image is `shared`, of a public one `gold`. */
function isShared({ visibility, __imagetype: type }: Readonly<Record<string, unknown>>): boolean {
  return (visibility ?? 'private') !== 'private' || (type ?? 'private') !== 'private';
}

const NOTHING: ImsImage = { id: '', name: '', status: '', owner: '', tags: [], createdAt: 0 };

/** IMS: FusionCompute, Ironic, IsoImage; DataImage for a data disk. */
function kindOf(environment: string): ImsImage['kind'] {
  if (environment === '') return undefined;
  return environment === 'DataImage' ? 'data' : 'system';
}

function toOdd({ element, image, fields }: Read & { readonly element: unknown }): OddImage {
  const text = JSON.stringify(element) ?? '';
  const markers = [...new Set([...text.matchAll(MARKER)].map(([, key = '']) => key))];
  return { image, fields, markers, isMarked: text.includes(MARKER_TAG_KEY) };
}

/** The key behind our tag's name, whether the element holds text or objects of key and value. */
const MARKER = new RegExp(
  `${MARKER_TAG_KEY}(?:-copy)?(?:[^A-Za-z0-9_-]{1,20}(?:value)?[^A-Za-z0-9_-]{0,10})([A-Za-z0-9_-]{43})(?![A-Za-z0-9_-])`,
  'g',
);

/** All that could not be read, in one line for people. */
export function describeOdds(odd: readonly OddImage[]): string {
  const first = odd.slice(0, 3).map(({ image: { id, name }, fields }) => {
    const who = id === '' ? 'one without an id' : `image ${id}`;
    return `${who}${name === '' ? '' : ` (${plain(name, 80)})`}: ${fields.join(', ')}`;
  });
  const more = odd.length > 3 ? `; and ${odd.length - 3} more` : '';
  const images = odd.length === 1 ? '1 image' : `${odd.length} images`;
  return `IMS lists ${images} that cannot be read, by these fields: ${first.join('; ')}${more}`;
}
