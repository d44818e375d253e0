import { AwsV4Signer } from 'aws4fetch';
import type { ObsConfig } from '../../config/cloud/cloud-config.ts';
import type { Clock } from '../../runtime/clock.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpAnswer } from '../http/answer.ts';
import type { Http, HttpResult } from '../http/http.ts';
import { encodeUrlPart } from '../http/url-part.ts';
import { type ListedObject, readBucketPage, readObsError, storageClassOf } from './bucket-page.ts';

/** What OBS answers about one object. */
export type ObjectAnswer =
  | ({ readonly kind: 'found' } & Pick<ListedObject, 'size' | 'storageClass'>)
  | Problem;

type Problem =
  | { readonly kind: 'missing' }
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'other-region'; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

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
  | Problem;

/** No method throws for what the cloud or the network does. */
export interface ObsClient {
  /** HEAD of an object. */
  head(bucket: string, key: string): Promise<ObjectAnswer>;
  /** Whether the keys are good: lists all buckets. */
  buckets(): Promise<{ readonly kind: 'ok' } | Problem>;
  /** One page of at most 1000 objects whose key begins with `prefix`, in the order of their keys. */
  list(bucket: string, prefix: string, after?: string): Promise<ListAnswer>;
}

/** OBS: at most 1000 objects a page. */
const PAGE = 1000;
const PAGE_BYTES = 4_000_000;
/** Both dialects; absent when it is Standard. */
const CLASS_HEADERS = ['x-amz-storage-class', 'x-obs-storage-class'] as const;
/** In every answer of OBS. A HEAD has nothing else that shows who answers. */
const REQUEST_HEADERS = ['x-amz-request-id', 'x-obs-request-id'] as const;

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
      if (result.kind === 'answer' && !isOfObs(result)) {
        return failed('FOREIGN', `something other than OBS answered (HTTP ${result.status})`);
      }
      const problem = problemOf(result, `bucket ${bucket}`);
      if (problem?.kind === 'forbidden') return (await keyFault(bucket)) ?? problem;
      if (problem) return problem;
      const { headers = {} } = result as HttpAnswer;
      const size = Number(headers['content-length'] ?? Number.NaN);
      if (!Number.isSafeInteger(size)) return failed('UNREADABLE', 'OBS did not send the size');
      const word = CLASS_HEADERS.map((name) => headers[name]).find((value) => value !== undefined);
      return { kind: 'found', size, storageClass: storageClassOf(word) };
    },
  };
}

async function call(
  { http, obs, clock }: ObsClientOptions,
  { method, url }: { readonly method: 'GET' | 'HEAD'; readonly url: URL },
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
  const what = { service: 'obs', operation: method.toLowerCase(), method } as const;
  const headers = { accept: 'application/xml', ...Object.fromEntries(signed.headers) };
  const keep = ['content-length', ...CLASS_HEADERS, ...REQUEST_HEADERS];
  const text = { raw: true, maxBytes: PAGE_BYTES };
  return http.request({ ...what, url: signed.url.href, headers, keep, ...text });
}

/** A gateway's 404 is no proof that an object is missing. */
function isOfObs({ headers = {} }: HttpAnswer): boolean {
  return REQUEST_HEADERS.some((name) => headers[name] !== undefined);
}

/** What is wrong with an answer, `undefined` when nothing is. */
function problemOf(result: HttpResult, what: string): Problem | undefined {
  // OBS: for a bucket of another region it redirects.
  const elsewhere = { kind: 'other-region', message: `${what} is elsewhere` } as const;
  if (result.kind !== 'answer') {
    return result.code === 'REDIRECT' ? elsewhere : failed(result.code, result.message);
  }
  const { status, raw = '' } = result;
  if (status >= 200 && status < 300) return undefined;
  const error = readObsError(raw);
  const code = error?.code ?? `HTTP ${status}`;
  if (KEY_FAULTS[code] !== undefined) return failed(code, KEY_FAULTS[code]);
  if (status === 404 && (error || isOfObs(result))) return { kind: 'missing' };
  if (status === 301 || status === 307) return elsewhere;
  if (status === 403) return { kind: 'forbidden', message: error?.message || 'access denied' };
  return failed(code, error?.message || result.text || 'no reason given');
}

const KEY_FAULTS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'OBS does not know the access key; check OS_ACCESS_KEY',
  SignatureDoesNotMatch: 'the secret key does not belong to the access key; check OS_SECRET_KEY',
  RequestTimeTooSkewed: 'the clock of this machine is more than 15 minutes off; set it',
  InvalidSecurityToken: 'the security token is wrong or has expired; check OS_SECURITY_TOKEN',
};

function failed(code: string, message: string): Extract<Problem, { readonly kind: 'failed' }> {
  return { kind: 'failed', code, message };
}

const LITERAL = /^(localhost|\d+(\.\d+){3}|\[[0-9a-f:]+\])$/i;

/**
 * The URL of a bucket or an object. OBS: the bucket is a part of the host name. It is in the path
 * if the host is an IP address, and if the bucket has dots: a certificate for `*.obs.…` does not cover
 * those.
 */
export function objectUrl(
  endpoint: string,
  { bucket, key = '' }: { readonly bucket: string; readonly key?: string },
): URL {
  const url = new URL(endpoint);
  const path = key.split('/').map(encodeUrlPart).join('/');
  const isInPath = LITERAL.test(url.hostname) || bucket.includes('.');
  if (isInPath) url.pathname = `/${bucket}/${path}`;
  else {
    url.hostname = `${bucket}.${url.hostname}`;
    url.pathname = `/${path}`;
  }
  return url;
}
