import { AwsV4Signer } from 'aws4fetch';
import type { ObsConfig } from '../../config/cloud/cloud-config.ts';
import type { Clock } from '../../runtime/clock.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpAnswer } from '../http/answer.ts';
import type { Http, HttpResult } from '../http/http.ts';
import { etagOf, type ListedObject, readBucketPage, storageClassOf } from './bucket-page.ts';
import { mostBytes, type Part, type PartAnswer, partHeaders, partIn } from './object-part.ts';
import { objectUrl } from './object-url.ts';
import {
  failed,
  foreign,
  isOfObs,
  type ObsProblem,
  problemOf,
  REQUEST_HEADERS,
} from './obs-problem.ts';

/** What OBS answers about one object. */
export type ObjectAnswer = ({ readonly kind: 'found' } & Omit<ListedObject, 'key'>) | ObsProblem;

/** One page of a bucket's list. */
export type ListAnswer =
  | {
      readonly kind: 'ok';
      readonly objects: readonly ListedObject[];
      /** Objects that could not be read, if any. */
      readonly unread?: number;
      /** Where the next page begins; absent on the last one. */
      readonly next?: string;
    }
  | ObsProblem;

/** No method throws for what the cloud or the network does. */
export interface ObsClient {
  /** HEAD of an object. */
  head(bucket: string, key: string): Promise<ObjectAnswer>;
  /** Whether the keys are good: lists all buckets. */
  buckets(): Promise<{ readonly kind: 'ok' } | ObsProblem>;
  /** One page of at most 1000 objects whose key begins with `prefix`, in the order of their keys. */
  list(bucket: string, prefix: string, after?: string): Promise<ListAnswer>;
  /** A part of an object. However much the server sends, little more than that is read. */
  read(bucket: string, key: string, part: Part): Promise<PartAnswer>;
}

/** OBS: at most 1000 objects a page. */
const PAGE = 1000;
const PAGE_BYTES = 4_000_000;
/** Both dialects; absent when it is Standard. */
const CLASS_HEADERS = ['x-amz-storage-class', 'x-obs-storage-class'] as const;
const KEPT_HEADERS = [
  ...['content-length', 'content-range', 'etag'],
  ...CLASS_HEADERS,
  ...REQUEST_HEADERS,
];

interface ObsClientOptions {
  readonly http: Http;
  readonly obs: ObsConfig;
  readonly clock: Clock;
}

/** OBS in its S3 dialect, signed by AWS Signature Version 4. */
export function createObsClient(options: ObsClientOptions): ObsClient {
  const list: ObsClient['list'] = async (bucket, prefix, after) => {
    const url = objectUrl(options.obs.endpoint, { bucket });
    url.searchParams.set('prefix', prefix);
    url.searchParams.set('max-keys', String(PAGE));
    // Keys may hold characters that XML cannot.
    url.searchParams.set('encoding-type', 'url');
    if (after !== undefined) url.searchParams.set('marker', after);
    const result = await call(options, { method: 'GET', url });
    const problem = problemOf(result, `bucket ${bucket}`);
    if (problem) return problem;
    const page = readBucketPage((result as HttpAnswer).raw ?? '');
    if (!page) return failed('UNREADABLE', 'OBS did not send a list');
    const { objects, isTruncated, next } = page;
    const unread = page.unread || undefined;
    const found = { kind: 'ok', objects, ...omitUndefined({ unread }) } as const;
    if (!isTruncated) return found;
    if (next !== undefined) return { ...found, next };
    return failed('UNREADABLE', 'OBS does not say where the next page of the list begins');
  };
  /** HEAD has no body with a reason: the list of the bucket has one, once for all objects. */
  const keyFaults = new Map<string, Promise<ObjectAnswer | undefined>>();
  const keyFault = (bucket: string): Promise<ObjectAnswer | undefined> => {
    const listed = async (): Promise<ObjectAnswer | undefined> => {
      const answer = await list(bucket, '');
      return answer.kind === 'failed' ? answer : undefined;
    };
    const fault = keyFaults.get(bucket) ?? listed();
    keyFaults.set(bucket, fault);
    return fault;
  };
  return {
    list,
    buckets: async () => {
      const url = new URL(`${options.obs.endpoint}/`);
      return problemOf(await call(options, { method: 'GET', url }), 'OBS') ?? { kind: 'ok' };
    },
    head: async (bucket, key) => {
      const url = objectUrl(options.obs.endpoint, { bucket, key });
      const result = await call(options, { method: 'HEAD', url });
      const isRedirect = result.kind === 'answer' && result.status >= 300 && result.status < 400;
      if (result.kind === 'answer' && !isRedirect && !isOfObs(result)) return foreign(result);
      const problem = problemOf(result, `bucket ${bucket}`);
      if (problem?.kind === 'forbidden') return (await keyFault(bucket)) ?? problem;
      return problem ?? foundIn(result as HttpAnswer);
    },
    read: async (bucket, key, part) => {
      const url = objectUrl(options.obs.endpoint, { bucket, key });
      return partIn(await call(options, { method: 'GET', url, part }), part, bucket);
    },
  };
}

function foundIn({ headers = {} }: HttpAnswer): ObjectAnswer {
  const size = Number(headers['content-length'] ?? Number.NaN);
  if (!Number.isSafeInteger(size)) return failed('UNREADABLE', 'OBS did not send the size');
  const word = CLASS_HEADERS.map((name) => headers[name]).find((value) => value !== undefined);
  const etag = etagOf(headers['etag']);
  return { kind: 'found', size, storageClass: storageClassOf(word), ...omitUndefined({ etag }) };
}

interface ObsCall {
  readonly method: 'GET' | 'HEAD';
  readonly url: URL;
  /** Of an object, whose bytes are wanted. */
  readonly part?: Part;
}

async function call(
  { http, obs, clock }: ObsClientOptions,
  { method, url, part }: ObsCall,
): Promise<HttpResult> {
  const signed = await new AwsV4Signer({
    method,
    url: url.href,
    accessKeyId: obs.accessKey,
    secretAccessKey: obs.secretKey,
    ...omitUndefined({ sessionToken: obs.securityToken }),
    service: 's3',
    region: obs.region,
    datetime: new Date(clock.now()).toISOString().replace(/[:-]|\.\d{3}/g, ''),
  }).sign();
  const operation = part ? 'read' : method.toLowerCase();
  const what = { service: 'obs', operation, method } as const;
  const accept = { accept: 'application/xml' };
  const headers = { ...(part ? partHeaders(part) : accept), ...Object.fromEntries(signed.headers) };
  const wanted = part ? { bytes: true, maxBytes: mostBytes(part) } : { maxBytes: PAGE_BYTES };
  return http.request({
    ...{ ...what, url: signed.url.href, headers, keep: KEPT_HEADERS },
    ...{ raw: true, keepRedirect: true, ...wanted },
  });
}
