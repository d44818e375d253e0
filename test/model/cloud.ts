import type { Http, HttpResult } from '../../src/shared/cloud/http/http.ts';
import { createImsClient } from '../../src/shared/cloud/ims/ims-client.ts';
import type { Session } from '../../src/shared/cloud/session/session.ts';
import type { ImageRequest } from '../../src/shared/image/image-request.ts';
import { type ImportKey, MARKER_TAG_KEY } from '../../src/shared/image/import-key.ts';
import { imageRequest } from '../support/images.ts';

const PROJECT = 'p'.repeat(32);
export const REQUEST = imageRequest('model');
/** The image of somebody else. */
export const STRANGE = imageRequest('strange');
export const SESSION: Session = {
  authorize: () => ({}),
  fingerprint: 'f',
  projectId: PROJECT,
  imsEndpoint: 'https://ims.model',
  expiresAt: Number.MAX_SAFE_INTEGER,
};

export interface CloudJob {
  readonly id: string;
  readonly status: 'RUNNING' | 'SUCCESS' | 'FAIL';
  readonly imageId?: string;
}

export interface CloudImage {
  readonly id: string;
  readonly status: 'saving' | 'active';
  readonly request: ImageRequest;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** Absent where the cloud shows no tags. */
  readonly marker?: ImportKey;
}

/** What the cloud shows in the moment of one step, and what of that is wrong. */
export interface CloudView {
  readonly jobs: readonly CloudJob[];
  readonly listed: readonly CloudImage[];
  /** What reads by id show. */
  readonly read: readonly CloudImage[];
  /** Polls are answered with the body of this IMS job, whichever was requested. */
  readonly strangeJob?: CloudJob;
  /** The safeguard is out: a strange body names the requested id. */
  readonly believesStrangers?: boolean;
}

const UNKNOWN = { error: { code: 'IMG.0023', message: 'not found' } };

/** The product's own client of IMS, in front of a cloud that shows this. */
export function imsOf(view: CloudView) {
  const sessions = { get: async () => SESSION, invalidate: async () => undefined };
  const http: Http = {
    request: async ({ url }) => answerTo(view, new URL(url)),
    close: async () => undefined,
  };
  return createImsClient({ http, sessions, jobApi: 'project' });
}

/** An answer as it comes over the wire. */
export function httpAnswer(status: number, body: unknown): HttpResult {
  return { kind: 'answer', status, body, text: JSON.stringify(body) };
}

function answerTo(view: CloudView, { pathname, searchParams }: URL): HttpResult {
  const [, part, id = ''] = /\/(jobs|images)\/([^/]+)$/.exec(pathname) ?? [];
  if (part === 'jobs') return found(jobBody(view, id));
  if (part === 'images') return found(view.read.filter((one) => one.id === id).map(imageBody)[0]);
  const wanted = (image: CloudImage): boolean => {
    const tag = `${MARKER_TAG_KEY}=${image.marker}`;
    const isTagged = !searchParams.has('tag') || searchParams.get('tag') === tag;
    const isNamed = !searchParams.has('name') || searchParams.get('name') === image.request.name;
    return isTagged && isNamed && (!searchParams.has('id') || searchParams.get('id') === image.id);
  };
  return httpAnswer(200, { images: view.listed.filter(wanted).map(imageBody) });
}

function found(body: unknown): HttpResult {
  return body === undefined ? httpAnswer(404, UNKNOWN) : httpAnswer(200, body);
}

function jobBody({ jobs, strangeJob, believesStrangers }: CloudView, asked: string): unknown {
  const job = strangeJob ?? jobs.find(({ id }) => id === asked);
  if (!job) return undefined;
  const { id, status, imageId } = job;
  return {
    job_id: believesStrangers ? asked : id,
    status,
    entities: imageId === undefined ? {} : { image_id: imageId },
  };
}

function imageBody({ id, status, request, createdAt, marker }: CloudImage): unknown {
  return {
    id,
    name: request.name,
    status,
    owner: PROJECT,
    tags: marker === undefined ? [] : [`${MARKER_TAG_KEY}=${marker}`],
    created_at: new Date(createdAt).toISOString(),
    __data_origin: `file,${request.image_url}`,
    virtual_env_type: request.kind === 'data' ? 'DataImage' : 'FusionCompute',
  };
}
