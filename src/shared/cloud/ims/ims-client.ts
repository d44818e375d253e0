import type { CloudConfig } from '../../config/config.ts';
import { ALL_ENTERPRISE_PROJECTS } from '../../image/image-fields.ts';
import type { Http } from '../http/http.ts';
import { createCall } from './create-body.ts';
import {
  type ImageFilter,
  type ImsClient,
  type ImsImage,
  type ImsJob,
  isCloudId,
  type OddImage,
  type ReadAnswer,
  type Session,
  type Sessions,
} from './ims-answers.ts';
import { createReader, type Reader } from './ims-reader.ts';
import { CHALLENGE_HEADER } from './own-error.ts';
import { toImsJob, toQuota } from './read-answers.ts';
import { toImage, toImagePage } from './read-images.ts';
import { sortSubmitAnswer } from './sort-submit-answer.ts';

/** IMS: 500 is the default and the largest documented page. */
const PAGE = 500;
/** 100,000 images, if IMS gives as large a page as it is asked for. */
const MAX_PAGES = 200;
const LIST_BYTES = 16_000_000;
const LIST_TIMEOUT_MS = 60_000;

export interface ImsClientOptions {
  readonly http: Http;
  readonly sessions: Sessions;
  /** Which path asks for an IMS job first; the other one is tried where it does not exist. */
  readonly jobApi: CloudConfig['jobApi'];
  /** Whose images are listed, and where images are created that name none. */
  readonly enterpriseProjectId?: string;
}

export function createImsClient(options: ImsClientOptions): ImsClient {
  const { http, sessions, jobApi, enterpriseProjectId } = options;
  const reader = createReader(http, sessions);
  const readJob = createJobReader(reader, jobApi);
  return {
    submit: async ({ session, request, key, timeoutMs, beforeSend }) => {
      const { path, body } = createCall(request, key, enterpriseProjectId);
      const url = `${session.imsEndpoint}${path}`;
      const call = { method: 'POST', url, json: body } as const;
      const headers = session.authorize(call);
      const keep = [CHALLENGE_HEADER];
      const sent = { ...call, headers, keep, timeoutMs, beforeSend };
      return sortSubmitAnswer(await http.request(sent));
    },
    job: readJob,
    image: async (imageId) =>
      isCloudId(imageId)
        ? reader.read({
            path: () => `/v2/images/${imageId}`,
            parse: (body) => about(imageId, toImage(body)),
            knows: imageId,
          })
        : badId(imageId),
    images: (filter) => listEach(reader, filter, enterpriseProjectId),
    quota: () => reader.read({ path: () => '/v1/cloudimages/quota', parse: toQuota }),
  };
}

/** An answer about something else than was asked for says nothing. */
function about<T extends { readonly id: string }>(id: string, found: T | undefined): T | undefined {
  return found?.id === id ? found : undefined;
}

function badId(id: string): ReadAnswer<never> {
  const message = `"${id.slice(0, 40)}" is no id of IMS`;
  return { kind: 'failed', throttled: false, code: 'BAD_ID', message };
}

/** OTC has only the path with the project, Huawei has deprecated it: whichever exists is kept. */
function createJobReader(
  reader: Reader,
  jobApi: CloudConfig['jobApi'],
): (jobId: string) => Promise<ReadAnswer<ImsJob>> {
  let api = jobApi;
  const read = (jobId: string, which: CloudConfig['jobApi']): Promise<ReadAnswer<ImsJob>> =>
    reader.read({
      path: ({ projectId }: Session) =>
        which === 'project' ? `/v1/${projectId}/jobs/${jobId}` : `/v1/cloudimages/job/${jobId}`,
      parse: (body) => about(jobId, toImsJob(body)),
    });
  return async (jobId) => {
    if (!isCloudId(jobId)) return badId(jobId);
    const answer = await read(jobId, api);
    if (!isMissingApi(answer)) return answer;
    const other = api === 'project' ? 'progress' : 'project';
    const second = await read(jobId, other);
    if (isMissingApi(second)) return answer;
    if (second.kind === 'ok') api = other;
    return second;
  };
}

/** Gateway: .0101, the API does not exist. */
function isMissingApi(answer: ReadAnswer<unknown>): boolean {
  return answer.kind !== 'ok' && /^APIGW?\.0101$/.test(answer.code);
}

/**
 * The list of the login's enterprise project, and beside it that of an image which names another one: what is
 * in neither is in none that it could be in.
 */
async function listEach(
  reader: Reader,
  { enterpriseProjectId: own, ...filter }: ImageFilter,
  usual: string | undefined,
): Promise<ReadAnswer<readonly ImsImage[]>> {
  const first = await listAll(reader, filter, usual);
  const isCovered = usual === undefined || usual === ALL_ENTERPRISE_PROJECTS || usual === own;
  if (first.kind !== 'ok' || own === undefined || isCovered) return first;
  const second = await listAll(reader, filter, own);
  if (second.kind === 'failed') return { ...second, isOwn: true };
  if (second.kind !== 'ok') return second;
  const odd = [...(first.odd ?? []), ...(second.odd ?? [])];
  return { ...second, value: [...first.value, ...second.value], ...oddIn(odd) };
}

/**
 * All pages, by marker. IMS: `owner` is the filter that also shows images shared out; the list holds
 * images in every status. How large a page may be is not documented, and an image that is not seen
 * might be created twice: the whole list is read until a page brings nothing new, a filtered one until
 * a page is short and names no next one. The address of the next page is not followed.
 */
async function listAll(
  reader: Reader,
  filter: ImageFilter,
  enterpriseProjectId: string | undefined,
): Promise<ReadAnswer<readonly ImsImage[]>> {
  const images = new Map<string, ImsImage>();
  const odd = new Map<string, OddImage>();
  const isWhole = Object.keys(filter).length === 0;
  let marker: string | undefined;
  for (let page = 0; page < MAX_PAGES; page += 1) {
    const answer = await reader.read({
      path: ({ projectId }) => listPath(projectId, { filter, marker, enterpriseProjectId }),
      parse: toImagePage,
      maxBytes: LIST_BYTES,
      timeoutMs: LIST_TIMEOUT_MS,
    });
    if (answer.kind !== 'ok') return answer;
    const { images: found, saysMore, size, lastId } = answer.value;
    const before = { images: images.size, odd: odd.size };
    for (const image of found) images.set(image.id, image);
    // Without an id: the same at the same place is a page that was seen before.
    for (const [at, one] of answer.value.odd.entries())
      odd.set(one.image.id || `${at}: ${JSON.stringify(one)}`, one);
    // A page of nothing but what cannot be read is not worth another one, unless the list says so.
    const grew =
      images.size > before.images || (odd.size > before.odd && (saysMore || size >= PAGE));
    marker = lastId;
    if (size < PAGE && !(grew && (saysMore || isWhole))) {
      const value = [...images.values()].filter((image) => fits(image, filter));
      return { ...answer, value, ...oddIn([...odd.values()].filter((one) => mayFit(one, filter))) };
    }
    if (!grew) return notRead('ENDLESS_LIST', 'the image list of IMS goes round in circles');
  }
  return notRead('LONG_LIST', `the image list of IMS has more than ${MAX_PAGES} pages`);
}

/** A list that ignores its filter must not pass for one that keeps to it. Names and markers are compared by who looks up. */
function fits({ id, status }: ImsImage, filter: ImageFilter): boolean {
  const isAsked = filter.id === undefined || filter.id === id;
  return isAsked && (filter.status === undefined || filter.status === status);
}

function notRead(code: string, message: string): ReadAnswer<never> {
  return { kind: 'failed', throttled: false, code, message };
}

/** What cannot be read may be what was asked for. */
function mayFit({ image: { id, status } }: OddImage, filter: ImageFilter): boolean {
  const isAsked = filter.id === undefined || id === '' || filter.id === id;
  return isAsked && (filter.status === undefined || status === '' || filter.status === status);
}

function oddIn(odd: readonly OddImage[]): { readonly odd?: readonly OddImage[] } {
  return odd.length === 0 ? {} : { odd };
}

interface ListWish {
  readonly filter: ImageFilter;
  readonly marker: string | undefined;
  readonly enterpriseProjectId: string | undefined;
}

function listPath(projectId: string, { filter, marker, enterpriseProjectId }: ListWish): string {
  const query = new URLSearchParams({ owner: projectId, limit: String(PAGE) });
  const set = (name: string, value: string | undefined): void => {
    if (value !== undefined) query.set(name, value);
  };
  set('tag', filter.marker === undefined ? undefined : `imsferry=${filter.marker}`);
  set('name', filter.name);
  set('status', filter.status);
  set('id', filter.id);
  set('__isregistered', filter.isUnregistered ? 'false' : undefined);
  set('enterprise_project_id', enterpriseProjectId);
  set('marker', marker);
  return `/v2/cloudimages?${query.toString().replaceAll('+', '%20')}`;
}
