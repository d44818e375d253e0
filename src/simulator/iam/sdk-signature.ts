import { createHash, createHmac } from 'node:crypto';

/** A request as it came over the wire. */
export interface SignedRequest {
  readonly method: string;
  /** Path and query, as they were sent. */
  readonly target: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** SHA-256 of the body's bytes, in hex. */
  readonly bodyHash: string;
}

/** AK/SK that the cloud has given out. */
export interface KnownKey {
  readonly accessKey: string;
  readonly secretKey: string;
  /** Temporary keys are good together with it only. */
  readonly securityToken?: string;
}

const ALGORITHM = 'SDK-HMAC-SHA256';
const SKEW_MS = 15 * 60_000;

/** True for a request that is signed with AK/SK, whatever its signature is worth. */
export function isSdkSigned(headers: SignedRequest['headers']): boolean {
  return text(headers['authorization']).startsWith(`${ALGORITHM} `);
}

/**
 * What is wrong with a signature; `undefined` when it is good. Written from the specification, in both
 * dialects: `Access=AK`, and the older `Credential=AK/date/region/service/sdk_request`.
 */
export function sdkSignatureFault(
  request: SignedRequest,
  keys: readonly KnownKey[],
  now: number,
): string | undefined {
  const told = partsOf(text(request.headers['authorization']));
  if (!told) return 'authorization format is incorrect';
  const date = text(request.headers['x-sdk-date']);
  if (!told.signedHeaders.includes('x-sdk-date')) return 'x-sdk-date must be signed';
  if (!(Math.abs(timeOf(date) - now) <= SKEW_MS)) return 'signature expired';
  const key = keys.find(({ accessKey }) => accessKey === told.accessKey);
  if (!key) return `ak ${told.accessKey} not exist`;
  if (text(request.headers['x-security-token']) !== (key.securityToken ?? '')) {
    return 'security token is wrong or has expired';
  }
  const hash = sha256(canonicalRequest(request, told.signedHeaders, told.scope !== undefined));
  const signature =
    told.scope === undefined
      ? hmac(key.secretKey, [ALGORITHM, date, hash].join('\n')).toString('hex')
      : scopedSignature(key.secretKey, { date, scope: told.scope, hash });
  return signature === told.signature ? undefined : 'verify aksk signature fail';
}

interface Told {
  readonly accessKey: string;
  readonly signedHeaders: readonly string[];
  readonly signature: string;
  /** Of the older dialect. */
  readonly scope?: string;
}

function partsOf(authorization: string): Told | undefined {
  const found =
    /^SDK-HMAC-SHA256 (Access|Credential)=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]{64})$/.exec(
      authorization,
    );
  const [, kind, who = '', headers = '', signature = ''] = found ?? [];
  if (!found) return undefined;
  const signedHeaders = headers.split(';');
  if (kind === 'Access') return { accessKey: who, signedHeaders, signature };
  const slash = who.indexOf('/');
  if (slash < 0) return undefined;
  return { accessKey: who.slice(0, slash), signedHeaders, signature, scope: who.slice(slash + 1) };
}

/** Exported for its published vectors. */
export function canonicalRequest(
  request: SignedRequest,
  signedHeaders: readonly string[],
  isOlder = false,
): string {
  const cut = request.target.indexOf('?');
  const path = cut < 0 ? request.target : request.target.slice(0, cut);
  const query = cut < 0 ? '' : request.target.slice(cut + 1);
  // The older dialect moves the query of a POST without a body into what is hashed as its body.
  const isMoved = isOlder && request.method === 'POST' && request.bodyHash === sha256('');
  const told = text(request.headers['x-sdk-content-sha256']);
  const bodyHash = told === '' ? request.bodyHash : told;
  return [
    request.method.toUpperCase(),
    canonicalPath(path),
    isMoved ? '' : canonicalQuery(query),
    signedHeaders.map((name) => `${name}:${clean(request.headers[name], isOlder)}\n`).join(''),
    signedHeaders.join(';'),
    isMoved ? sha256(canonicalQuery(query)) : bodyHash,
  ].join('\n');
}

/** Each part encoded; always with a slash at its end, which the path that is sent has not. */
function canonicalPath(path: string): string {
  const parts = path.split('/').map((part) => encode(decodeURIComponent(part)));
  const whole = parts.join('/');
  return whole.endsWith('/') ? whole : `${whole}/`;
}

function canonicalQuery(query: string): string {
  const pairs = query
    .split('&')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const equals = pair.indexOf('=');
      const [name, value] =
        equals < 0 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [plain(name), plain(value)] as const;
    })
    .sort(([a, x], [b, y]) => (a === b ? order(x, y) : order(a, b)));
  return pairs.map(([name, value]) => `${name}=${value}`).join('&');
}

function plain(part: string): string {
  return encode(decodeURIComponent(part.replaceAll('+', ' ')));
}

/** RFC 3986: letters, digits and - . _ ~ stay as they are. */
function encode(part: string): string {
  return encodeURIComponent(part).replace(
    /[!'()*]/g,
    (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function order(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

function clean(value: string | string[] | undefined, isOlder: boolean): string {
  const trimmed = text(value).trim();
  return isOlder ? trimmed.replace(/\s+/g, ' ') : trimmed;
}

function scopedSignature(
  secretKey: string,
  { date, scope, hash }: { readonly date: string; readonly scope: string; readonly hash: string },
): string {
  const key = scope.split('/').reduce<Buffer>(hmac, Buffer.from(`SDK${secretKey}`));
  return hmac(key, [ALGORITHM, date, scope, hash].join('\n')).toString('hex');
}

/** `20260102T030405Z` */
function timeOf(date: string): number {
  const [, y, mo, d, h, mi, s] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(date) ?? [];
  return Date.parse(`${y}-${mo}-${d}T${h}:${mi}:${s}Z`);
}

function text(value: string | string[] | undefined): string {
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

export function sha256(data: string | Buffer): string {
  return createHash('sha256').update(data).digest('hex');
}

function hmac(key: string | Buffer, data: string): Buffer {
  return createHmac('sha256', key).update(data).digest();
}
