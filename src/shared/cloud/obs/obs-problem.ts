import type { HttpAnswer } from '../http/answer.ts';
import type { HttpResult } from '../http/http.ts';
import { readObsError } from './bucket-page.ts';

/** Why OBS did not give what was requested. */
export type ObsProblem =
  | { readonly kind: 'missing' }
  | { readonly kind: 'forbidden'; readonly message: string }
  | { readonly kind: 'other-region'; readonly message: string }
  | { readonly kind: 'failed'; readonly code: string; readonly message: string };

type Failed = Extract<ObsProblem, { readonly kind: 'failed' }>;

/** In every answer of OBS. A HEAD has nothing else that shows who answers. */
export const REQUEST_HEADERS = ['x-amz-request-id', 'x-obs-request-id'] as const;

/** A gateway's 404 is no proof that an object is missing. */
export function isOfObs({ headers = {} }: HttpAnswer): boolean {
  return REQUEST_HEADERS.some((name) => headers[name] !== undefined);
}

/** What is wrong with an answer, `undefined` when nothing is. */
export function problemOf(result: HttpResult, what: string): ObsProblem | undefined {
  if (result.kind !== 'answer') return failed(result.code, result.message);
  const { status, raw = '' } = result;
  if (status >= 200 && status < 300) return undefined;
  const error = readObsError(raw);
  const isOwn = error !== undefined || isOfObs(result);
  const code = error?.code ?? `HTTP ${status}`;
  if (KEY_FAULTS[code] !== undefined) return failed(code, KEY_FAULTS[code]);
  if (status === 404 && isOwn) return { kind: 'missing' };
  if (status >= 300 && status < 400) {
    // OBS redirects for a bucket of another region; a proxy or a portal for a login.
    return isOwn ? { kind: 'other-region', message: `${what} is elsewhere` } : REDIRECTED;
  }
  if (status === 403) return { kind: 'forbidden', message: error?.message || 'access denied' };
  return failed(code, error?.message || result.text || 'no reason given');
}

const REDIRECTED = failed(
  'REDIRECT',
  'something other than OBS answered: it redirects to another address, which is not followed',
);

/** What is wrong with the keys or the clock: every other request fails the same way. */
const KEY_FAULTS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: 'OBS does not know the access key; check OS_ACCESS_KEY',
  SignatureDoesNotMatch: 'the secret key does not belong to the access key; check OS_SECRET_KEY',
  RequestTimeTooSkewed: 'the clock of this machine is more than 15 minutes off; set it',
  InvalidSecurityToken: 'the security token is wrong or has expired; check OS_SECURITY_TOKEN',
};

export function failed(code: string, message: string): Failed {
  return { kind: 'failed', code, message };
}

/** An answer that did not come from OBS. */
export function foreign({ status }: HttpAnswer): Failed {
  return failed('FOREIGN', `something other than OBS answered (HTTP ${status})`);
}
