import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { CloudError, LoginRefusedError } from '../../errors/errors.ts';
import type { OwnError } from '../http/error-body.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { ownErrorOf } from '../ims/own-error.ts';
import { explain } from '../ims/sort-submit-answer.ts';
import { loginAdvice } from './advice.ts';

/** Header of a 401 by which Keystone asks for another factor. */
export const RECEIPT_HEADER = 'openstack-auth-receipt';

/** IAM: unexpected error, throttled, moving to another region. They pass, whatever status they have. */
const PASSING = new Set(['IAM.0006', 'IAM.0012', 'IAM.0020']);

/**
 * What a no means: IAM's own, asked again, would lock the account; everything else may pass. A page of
 * something in between is never IAM's no.
 */
export function refusal(answer: HttpAnswer, cloud: CloudConfig): LoginRefusedError | CloudError {
  const { code, message, requestId } = explain(answer);
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  // Keystone asks for another factor with a receipt instead of an error.
  if (answer.status === 401 && answer.headers?.[RECEIPT_HEADER]) return refused(answer, cloud);
  const own = ownErrorOf(answer);
  if (!own) {
    const text = `Something else than IAM answers: ${message}${request}`;
    return new CloudError('IAM', text, { serviceCode: code, advice: ADDRESS_ADVICE });
  }
  if (isNo(answer.status, own)) return refused(answer, cloud);
  const { status } = answer;
  const isBusy = status === 429 || status >= 500 || status === 408;
  const text = `IAM ${isBusy ? 'cannot log in now' : 'does not log in'}: ${code}: ${message}${request}`;
  return new CloudError('IAM', text, {
    serviceCode: code,
    ...(isBusy ? {} : { advice: ADDRESS_ADVICE }),
  });
}

const ADDRESS_ADVICE = 'Check OS_AUTH_URL; it ends with /v3.';

/** A 404 without a code of IAM means that the address is wrong. */
function isNo(status: number, { code, by }: OwnError): boolean {
  if (PASSING.has(code ?? '')) return false;
  if (status === 401) return true;
  const isIams = code?.startsWith('IAM.') ?? false;
  return (
    (isIams && [400, 403, 404].includes(status)) || (by === 'status' && [400, 403].includes(status))
  );
}

function refused(answer: HttpAnswer, cloud: CloudConfig): LoginRefusedError {
  const { code, message, requestId } = explain(answer);
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  const wantsMore = answer.headers?.[RECEIPT_HEADER] !== undefined;
  const advice = loginAdvice({ code, message, method: cloud.credential.method, wantsMore });
  return new LoginRefusedError(
    `IAM refuses the login of ${whoOf(cloud)}: ${message}${request}`,
    `${advice} To protect the account, this login is not tried again for 15 minutes unless it changes.`,
  );
}

/** Whose login it is, as far as a log may know. */
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
      // An access key is no secret, but whole it is half of one.
      return `access key ${credential.accessKey.slice(0, 4)}…`;
  }
}
