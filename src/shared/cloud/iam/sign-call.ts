import { AKSKSigner } from '@huaweicloud/huaweicloud-sdk-core/auth/AKSKSigner.js';
import type { Credential } from '../../config/cloud/cloud-config.ts';

/** What is signed of a call: everything that is sent, but for headers that may change on the way. */
export interface SignedCall {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  /** Its text as JSON is what is signed, and what has to be sent. */
  readonly json?: unknown;
}

export type Keys = Extract<Credential, { readonly method: 'keys' }>;

/**
 * The headers that prove a call with AK/SK: SDK-HMAC-SHA256, good for 15 minutes around `now`.
 * @param headers further headers that are signed along, in lower case
 */
export function signCall(
  call: SignedCall,
  keys: Keys,
  {
    now,
    headers = {},
  }: { readonly now: number; readonly headers?: Readonly<Record<string, string>> },
): Readonly<Record<string, string>> {
  const { host, origin, pathname, searchParams } = new URL(call.url);
  const token = keys.securityToken === undefined ? {} : { 'x-security-token': keys.securityToken };
  const request = {
    method: call.method,
    endpoint: `${origin}${pathname}`,
    queryParams: queryOf(searchParams),
    headers: { host, 'X-Sdk-Date': dateOf(now), ...headers, ...token },
    ...(call.json === undefined ? {} : { data: call.json }),
  };
  const signed: Readonly<Record<string, string>> = AKSKSigner.sign(request, {
    getAk: () => keys.accessKey,
    getSk: () => keys.secretKey,
    processAuthRequest: neverAsked,
    processAuthParams: neverAsked,
  });
  // The client writes its own, from the same URL.
  const { host: _, ...sent } = signed;
  return lowerCase(sent);
}

/** Repeated names keep all their values. */
function queryOf(params: URLSearchParams): Readonly<Record<string, string | string[]>> {
  return Object.fromEntries(
    [...new Set(params.keys())].map((name) => {
      const values = params.getAll(name);
      return [name, values.length === 1 ? (values[0] ?? '') : values];
    }),
  );
}

/** `20260102T030405Z` */
function dateOf(ms: number): string {
  return new Date(ms).toISOString().replace(/[:-]|\.\d{3}/g, '');
}

function lowerCase(headers: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  );
}

function neverAsked(): never {
  throw new TypeError('the signer asked for more than keys');
}
