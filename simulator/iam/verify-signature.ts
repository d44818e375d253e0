import {
  type Authorization,
  headerOf,
  readAuthorization,
  type SignedRequest,
  sha256,
  signatureOf,
} from './sdk-signature.ts';
import type { KnownKey } from './session.ts';

interface SignatureFacts {
  readonly now: number;
  readonly keyOf: (accessKey: string) => KnownKey | undefined;
  readonly isLocked: (accessKey: string) => boolean;
}

type SignatureVerdict =
  | { readonly kind: 'good'; readonly accessKey: string }
  /** `isWrong`: counts towards the lock of the key. */
  | {
      readonly kind: 'refused';
      readonly text: string;
      readonly accessKey?: string;
      readonly isWrong?: boolean;
    };

const SKEW_MS = 15 * 60_000;
const DATE = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/;
const UNSIGNED = 'UNSIGNED-PAYLOAD';
const WRONG = 'verify aksk signature fail';

/** Verifies a signature as the gateway does. Written from the specification, not from an SDK. */
export function verifySignature(request: SignedRequest, facts: SignatureFacts): SignatureVerdict {
  const parts = readAuthorization(headerOf(request, 'authorization'));
  if (!parts) return refused('the Authorization header is malformed');
  const { accessKey } = parts;
  if (facts.isLocked(accessKey)) {
    return refused('AK access failed to reach the limit,forbidden.');
  }
  const fault = formFault(request, parts, facts.now);
  if (fault) return refused(fault);
  const key = facts.keyOf(accessKey);
  if (!key) return refused(`Get secretKey failed,ak:${accessKey},err:ak not exist`);
  if (key.securityToken !== undefined) {
    const token = headerOf(request, 'x-security-token');
    if (token === '') return refused('X-Security-Token is missing');
    if (token !== key.securityToken) return refused('X-Security-Token is invalid');
  }
  const isRight =
    isScopeRight(parts, headerOf(request, 'x-sdk-date')) &&
    isBodyRight(request) &&
    parts.signedHeaders.every((name) => request.headers[name.toLowerCase()] !== undefined) &&
    [request, spaced(request)].some(
      (form) => signatureOf(form, parts, key.secretKey) === parts.signature,
    );
  return isRight
    ? { kind: 'good', accessKey }
    : { kind: 'refused', text: WRONG, accessKey, isWrong: true };
}

/** Some clients send a space of the query as `+`, and sign it as `%20`. */
function spaced(request: SignedRequest): SignedRequest {
  const [path, ...query] = request.target.split('?');
  if (query.length === 0) return request;
  return { ...request, target: `${path}?${query.join('?').replaceAll('+', '%20')}` };
}

function refused(text: string): SignatureVerdict {
  return { kind: 'refused', text };
}

/** Faults that show without the key. */
function formFault(
  request: SignedRequest,
  { signedHeaders }: Authorization,
  now: number,
): string | undefined {
  const date = headerOf(request, 'x-sdk-date');
  if (date === '') return 'x-sdk-date is missing';
  const at = Date.parse(date.replace(DATE, '$1-$2-$3T$4:$5:$6Z'));
  if (!DATE.test(date) || Number.isNaN(at)) return 'the format of x-sdk-date is invalid';
  if (!signedHeaders.some((name) => name.toLowerCase() === 'x-sdk-date')) {
    return 'x-sdk-date must be signed';
  }
  if (Math.abs(at - now) <= SKEW_MS) return undefined;
  return `x-sdk-date is more than 15 minutes off, signTime:${date}`;
}

/** The scope of the older dialect: its day is that of the date; region and service may be empty. */
function isScopeRight({ scope }: Authorization, date: string): boolean {
  if (scope === undefined) return true;
  const [day, , , end, ...more] = scope.split('/');
  return day === date.slice(0, 8) && end === 'sdk_request' && more.length === 0;
}

/** A digest that the client declares must match the body, unless it declares it unsigned. */
function isBodyRight(request: SignedRequest): boolean {
  const declared = headerOf(request, 'x-sdk-content-sha256');
  return declared === '' || declared === UNSIGNED || declared === sha256(request.body);
}
