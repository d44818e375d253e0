import type { CloudConfig, Credential } from '../../config/cloud/cloud-config.ts';
import { CloudError, LoginRefusedError } from '../../errors/errors.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpAnswer } from '../http/answer.ts';
import { NOT_BUILT, networkAdvice } from '../http/failure.ts';
import type { Http } from '../http/http.ts';
import { type Explained, explain, type OwnError, ownErrorOf } from '../http/service-error.ts';
import { type Keys, signCall } from './sign-call.ts';

/** What a login needs. */
export interface Iam {
  readonly http: Http;
  readonly cloud: CloudConfig;
  /** Milliseconds since 1970: signatures are valid around it. */
  readonly now: () => number;
}

export interface IamCall {
  readonly operation: 'login' | 'token' | 'projects' | 'catalog';
  readonly method: 'GET' | 'POST';
  /** After `/v3`. */
  readonly path: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Signs the call. */
  readonly keys?: Keys;
}

const BODY_BYTES = 4_000_000;
/** All calls of a login must end before its lock expires (15 s), or a slow IAM would get two logins at once. */
const CALL_MS = 4500;
const ONLY_CALL_MS = 12_000;

/**
 * One call to IAM, whatever its answer.
 * @throws CloudError when IAM cannot be reached
 */
export async function callIam(iam: Iam, call: IamCall): Promise<HttpAnswer> {
  const { operation, method, json, headers = {}, keys } = call;
  const sent = omitUndefined({ method, url: `${iam.cloud.authUrl}${call.path}`, json });
  const signed = keys && signCall(sent, keys, { now: iam.now(), headers });
  const result = await iam.http.request({
    ...sent,
    service: 'iam',
    operation,
    headers: signed ?? headers,
    keep: [RECEIPT_HEADER],
    maxBytes: BODY_BYTES,
    timeoutMs: callMs(iam.cloud),
  });
  if (result.kind === 'answer') return result;
  throw new CloudError('IAM', `${problemOf(result.code)}: ${result.message}.`, {
    serviceCode: result.code,
    advice: `${networkAdvice(result.code)} OS_AUTH_URL is ${iam.cloud.authUrl}.`,
  });
}

/** A setting, the size of an answer, or the way there. */
function problemOf(code: string): string {
  if (code === 'LONG_HEADERS' || code === 'TOO_LARGE') return 'The answer of IAM is too long';
  if (code === 'PLAIN_HTTP' || !NOT_BUILT.has(code)) return 'IAM cannot be reached';
  return 'The request to IAM cannot be built';
}

function callMs({ credential, agency }: CloudConfig): number {
  const isOne = credential.method === 'password' && agency === undefined;
  return isOne ? ONLY_CALL_MS : CALL_MS;
}

/**
 * The same, but any answer other than 2xx is an error.
 * @throws LoginRefusedError CloudError
 */
export async function requestOk(iam: Iam, call: IamCall): Promise<HttpAnswer> {
  const answer = await callIam(iam, call);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw refusal(answer, iam.cloud);
}

/** Header of a 401 with which Keystone asks for another factor. */
const RECEIPT_HEADER = 'openstack-auth-receipt';

/** IAM: unexpected error, throttled, moving to another region. They pass, whatever their status. */
const PASSING = new Set(['IAM.0006', 'IAM.0012', 'IAM.0020']);

/**
 * What a refused login means. IAM's own refusal, repeated, would lock the account; everything else may
 * pass. The page of something in between is never a refusal of IAM.
 */
export function refusal(answer: HttpAnswer, cloud: CloudConfig): LoginRefusedError | CloudError {
  const { code, message, requestId } = explain(answer);
  const { status, headers } = answer;
  const words = `${message}${requestId === undefined ? '' : ` (request ${requestId})`}`;
  const own = ownErrorOf(answer);
  // Keystone asks for another factor with a receipt instead of an error.
  const receipt = headers?.[RECEIPT_HEADER];
  if ((status === 401 && receipt) || (own && isRefusal(status, own))) {
    const wantsMore = receipt !== undefined;
    const advice = loginAdvice({ code, message }, cloud.credential.method, wantsMore);
    return new LoginRefusedError(
      `IAM refuses the login of ${whoOf(cloud)}: ${words}`,
      `${advice} To protect the account, this login is not tried again for 15 minutes unless it changes.`,
    );
  }
  if (!own) {
    const text = `Something other than IAM answers: ${words}`;
    return new CloudError('IAM', text, { serviceCode: code, advice: ADDRESS_ADVICE });
  }
  const isBusy = status === 429 || status >= 500 || status === 408;
  const text = `IAM ${isBusy ? 'cannot log in now' : 'does not log in'}: ${code}: ${words}`;
  const advice = isBusy ? undefined : ADDRESS_ADVICE;
  return new CloudError('IAM', text, omitUndefined({ serviceCode: code, advice }));
}

const ADDRESS_ADVICE = 'Check OS_AUTH_URL; it ends with /v3.';

/** A 404 without a code of IAM means that the address is wrong. */
function isRefusal(status: number, { code, by }: OwnError): boolean {
  if (PASSING.has(code ?? '')) return false;
  if (status === 401) return true;
  const isIams = code?.startsWith('IAM.') ?? false;
  return (
    (isIams && [400, 403, 404].includes(status)) || (by === 'status' && [400, 403].includes(status))
  );
}

/** Whose login it is, as far as a log may show it. */
export function whoOf({ credential, agency, name }: CloudConfig): string {
  const cloud = name === undefined ? '' : ` (cloud ${name})`;
  const as = agency === undefined ? '' : ` as agency ${agency.name}`;
  return `${ownName(credential)}${as}${cloud}`;
}

function ownName(credential: CloudConfig['credential']): string {
  switch (credential.method) {
    case 'password':
      return credential.user.name ?? `user ${credential.user.id ?? '?'}`;
    case 'token':
      return 'the given token';
    case 'keys':
      // An access key is no secret, but it is half of one.
      return `access key ${credential.accessKey.slice(0, 4)}…`;
  }
}

/** IAM: codes of its error table that a login can meet, and what a person can do. */
const IAM_CODES: Readonly<Record<string, string>> = {
  'IAM.0001': 'Check OS_USERNAME and OS_PASSWORD.',
  'IAM.0002': 'This user may not log in to this project; ask for the permission.',
  'IAM.0003': 'This user may not log in to this project; ask for the permission.',
  'IAM.0004': 'Check the names of account (domain), project and agency.',
  'IAM.0007': 'Check the names of user, domain and project.',
  'IAM.0011': 'Check the names of user, domain and project.',
  'IAM.0061': 'The user is locked: wait until IAM unlocks it, or have it unlocked.',
  'IAM.0062': 'Check OS_PASSWORD.',
  'IAM.0066': 'Fetch a new token.',
  'IAM.0067': 'Fetch a new token.',
  'IAM.0080': 'The user is disabled: have it enabled, or use another one.',
  'IAM.0081': 'The user is for the console only: allow it programmatic access.',
  'IAM.0082': 'The user is disabled: have it enabled, or use another one.',
  'IAM.0083': 'The user has no access to this region: check OS_AUTH_URL.',
  'IAM.1104': 'The access key is blocked: use another one.',
  'IAM.1105': 'The access key has expired: create a new one.',
  'IAM.1106': 'The access key belongs to no user: check OS_ACCESS_KEY.',
  'IAM.1107': 'The access key is inactive: enable it.',
  'IAM.1108': 'The temporary keys have expired: fetch new ones.',
  'IAM.1109': 'Set OS_PROJECT_NAME or OS_PROJECT_ID.',
};

/** IAM has no code for it; its texts speak of TOTP and verification codes. */
const SECOND_FACTOR = /\b(mfa|totp|multi-?factor|two-?factor|verification code|passcode)\b/i;
const DISABLED = /\b(disabled|deactivated|suspended|frozen)\b/i;
const LOCKED = /\block(ed|out)\b/i;

const ANY: Readonly<Record<Credential['method'], string>> = {
  password: 'Check OS_USERNAME, OS_PASSWORD, OS_USER_DOMAIN_NAME and the project.',
  token: 'Fetch a new token into OS_TOKEN, for the project that is wanted.',
  keys: 'Check OS_ACCESS_KEY, OS_SECRET_KEY, OS_SECURITY_TOKEN for temporary keys, and the clock of this machine: signatures are valid for 15 minutes.',
};

/** What to do about a login that IAM refused: by its code, else by its words. `wantsMore`: another factor. */
export function loginAdvice(
  { code, message }: Pick<Explained, 'code' | 'message'>,
  method: Credential['method'],
  wantsMore = false,
): string {
  if (wantsMore || SECOND_FACTOR.test(message)) {
    return 'This user needs a second factor (MFA), which a program cannot give: use one without MFA, AK/SK, or an agency.';
  }
  const known = IAM_CODES[code];
  if (known !== undefined) return known;
  if (DISABLED.test(message)) return 'Have the user enabled, or use another one.';
  if (LOCKED.test(message)) return 'Wait until IAM unlocks the user, or have it unlocked.';
  return ANY[method];
}
