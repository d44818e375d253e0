import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { CloudError } from '../../errors/errors.ts';
import type { Http } from '../http/http.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { networkAdvice } from '../http/network-advice.ts';
import { NOT_BUILT } from '../http/unbuildable.ts';
import { RECEIPT_HEADER, refusal } from './refusal.ts';
import { type Keys, signCall } from './sign-call.ts';

/** What a login is made with. */
export interface Iam {
  readonly http: Http;
  readonly cloud: CloudConfig;
  /** Milliseconds since 1970: signatures are good around it. */
  readonly now: () => number;
}

export interface IamCall {
  readonly method: 'GET' | 'POST';
  /** After `/v3`. */
  readonly path: string;
  readonly json?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** Signs the call. */
  readonly keys?: Keys;
}

const BODY_BYTES = 4_000_000;
/** All calls of a login take less than the lock on it lives (15 s), or a slow IAM would get two at once. */
const CALL_MS = 4500;
const ONLY_CALL_MS = 12_000;

/**
 * One call to IAM, whatever its answer.
 * @throws CloudError when IAM cannot be reached
 */
export async function askIam(iam: Iam, call: IamCall): Promise<HttpAnswer> {
  const { method, json, headers = {}, keys } = call;
  const url = `${iam.cloud.authUrl}${call.path}`;
  const content = json === undefined ? {} : { json };
  const signed = keys && signCall({ method, url, ...content }, keys, { now: iam.now(), headers });
  const result = await iam.http.request({
    method,
    url,
    headers: signed ?? headers,
    ...content,
    keep: [RECEIPT_HEADER],
    maxBytes: BODY_BYTES,
    timeoutMs: callMs(iam.cloud),
  });
  if (result.kind === 'answer') return result;
  throw new CloudError('IAM', `${troubleOf(result.code)}: ${result.message}.`, {
    serviceCode: result.code,
    advice: `${networkAdvice(result.code)} OS_AUTH_URL is ${iam.cloud.authUrl}.`,
  });
}

/** A setting, the size of an answer, or the way there. */
function troubleOf(code: string): string {
  if (code === 'LONG_HEADERS' || code === 'TOO_LARGE') return 'The answer of IAM is too long';
  if (code === 'PLAIN_HTTP' || !NOT_BUILT.has(code)) return 'IAM cannot be reached';
  return 'The request to IAM cannot be built';
}

function callMs({ credential, agency }: CloudConfig): number {
  const isOne = credential.method === 'password' && agency === undefined;
  return isOne ? ONLY_CALL_MS : CALL_MS;
}

/**
 * The same, for who needs a yes.
 * @throws LoginRefusedError CloudError
 */
export async function mustAgree(iam: Iam, call: IamCall): Promise<HttpAnswer> {
  const answer = await askIam(iam, call);
  if (answer.status >= 200 && answer.status < 300) return answer;
  throw refusal(answer, iam.cloud);
}
