import { createHash, createHmac } from 'node:crypto';
import type { Credential } from '../../config/cloud/cloud-config.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpRequest } from '../http/http-request.ts';
import { encodeUrlPart } from '../http/url-part.ts';

/** What is signed of a call: all of it, except headers that may change on the way. */
export interface SignedCall {
  readonly method: HttpRequest['method'];
  readonly url: string;
  /** Its text as JSON is what is signed, and what has to be sent. */
  readonly json?: unknown;
}

export type Keys = Extract<Credential, { readonly method: 'keys' }>;
type Headers = Readonly<Record<string, string>>;

const ALGORITHM = 'SDK-HMAC-SHA256';

/**
 * The headers that prove a call with AK/SK: Huawei's SDK-HMAC-SHA256, valid for 15 minutes around `now`.
 * @param headers further headers that are signed too, in lower case
 */
export function signCall(
  { method, url, json }: SignedCall,
  keys: Keys,
  { now, headers = {} }: { readonly now: number; readonly headers?: Headers },
): Headers {
  const { host, pathname, searchParams } = new URL(url);
  const date = dateOf(now);
  const token = omitUndefined({ 'x-security-token': keys.securityToken });
  const sent: Headers = { ...headers, ...token, 'x-sdk-date': date };
  // The HTTP client writes `host` itself, from the same URL.
  const signed = Object.entries({ ...sent, host }).sort(([a], [b]) => (a < b ? -1 : 1));
  const names = signed.map(([name]) => name).join(';');
  const canonical = [
    method,
    canonicalPath(pathname),
    canonicalQuery(searchParams),
    ...signed.map(([name, value]) => `${name}:${value}`),
    '',
    names,
    sha256(json === undefined ? '' : JSON.stringify(json)),
  ].join('\n');
  const text = [ALGORITHM, date, sha256(canonical)].join('\n');
  const signature = createHmac('sha256', keys.secretKey).update(text).digest('hex');
  const authorization = `${ALGORITHM} Access=${keys.accessKey}, SignedHeaders=${names}, Signature=${signature}`;
  return { ...sent, authorization };
}

/** Each segment encoded once; it always ends with a slash. */
function canonicalPath(pathname: string): string {
  const path = pathname.split('/').map(decoded).map(encodeUrlPart).join('/');
  return path.endsWith('/') ? path : `${path}/`;
}

function decoded(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment;
  }
}

/** Sorted by name, then by value. */
function canonicalQuery(params: URLSearchParams): string {
  return [...params]
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map((pair) => pair.map(encodeUrlPart).join('='))
    .join('&');
}

function compare(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** `20260102T030405Z` */
function dateOf(ms: number): string {
  return new Date(ms).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
