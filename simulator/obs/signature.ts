import { createHash, createHmac } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { KnownKey } from '../iam/session.ts';
import type { ObsRefusal } from '../server/errors.ts';

const SKEW_MS = 15 * 60_000;
const ALGORITHM = 'AWS4-HMAC-SHA256';

/** True for a request that is signed in OBS's S3 dialect. */
export function isSigned(request: IncomingMessage): boolean {
  return request.headers.authorization?.startsWith(`${ALGORITHM} `) ?? false;
}

/** What is wrong with a signature; `undefined` if it is valid. Written from the specification. */
export function signatureFault(
  request: IncomingMessage,
  facts: { readonly now: number; readonly keyOf: (accessKey: string) => KnownKey | undefined },
): ObsRefusal | undefined {
  const parts = partsOf(request.headers.authorization ?? '');
  if (!parts) return refusal(400, 'AuthorizationHeaderMalformed', 'The authorization is malformed');
  const [accessKey = '', ...scope] = parts.credential.split('/');
  const known = facts.keyOf(accessKey);
  if (!known) {
    return refusal(403, 'InvalidAccessKeyId', 'The OBS Access Key Id does not exist');
  }
  const { secretKey, securityToken = '' } = known;
  if (securityToken !== '' && headerOf(request, 'x-amz-security-token') !== securityToken) {
    return refusal(403, 'InvalidAccessKeyId', 'The security token of the key is missing or wrong');
  }
  const date = headerOf(request, 'x-amz-date');
  if (Math.abs(timeOf(date) - facts.now) > SKEW_MS) {
    const message = 'The difference between the request time and the current time is too large';
    return refusal(403, 'RequestTimeTooSkewed', message);
  }
  const canonical = canonicalRequest(request, parts.signedHeaders);
  const text = [ALGORITHM, date, scope.join('/'), sha256(canonical)].join('\n');
  const key = scope.reduce<string | Buffer>(
    (secret, step) => hmac(secret, step),
    `AWS4${secretKey}`,
  );
  if (hmac(key, text).toString('hex') === parts.signature) return undefined;
  return refusal(403, 'SignatureDoesNotMatch', 'The signature does not match the one calculated');
}

function partsOf(authorization: string) {
  const found = /Credential=([^,\s]+),\s*SignedHeaders=([^,\s]+),\s*Signature=([0-9a-f]+)/.exec(
    authorization,
  );
  const [, credential, headers, signature] = found ?? [];
  if (credential === undefined || headers === undefined || signature === undefined)
    return undefined;
  return { credential, signedHeaders: headers.split(';'), signature };
}

/** Method, path, sorted query, signed headers, their names, and the declared digest of the body. */
function canonicalRequest(request: IncomingMessage, signedHeaders: readonly string[]): string {
  const [path = '/', query = ''] = (request.url ?? '/').split('?');
  const pairs = query.split('&').filter((pair) => pair !== '');
  const sorted = pairs.map((pair) => (pair.includes('=') ? pair : `${pair}=`)).sort();
  const headers = signedHeaders.map((name) => `${name}:${headerOf(request, name).trim()}\n`);
  return [
    request.method ?? '',
    path,
    sorted.join('&'),
    headers.join(''),
    signedHeaders.join(';'),
    headerOf(request, 'x-amz-content-sha256'),
  ].join('\n');
}

function headerOf(request: IncomingMessage, name: string): string {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(',') : (value ?? '');
}

/** `20260102T030405Z` */
function timeOf(date: string): number {
  const iso = date.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z');
  return Date.parse(iso);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

function refusal(status: number, code: string, message: string): ObsRefusal {
  return { status, code, message };
}
