import type { CloudConfig } from '../../config/config.ts';
import { CloudError, LoginRefusedError } from '../../errors/errors.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { explain } from '../ims/sort-submit-answer.ts';
import { loginAdvice } from './advice.ts';

/** Header of a 401 by which Keystone asks for another factor. */
export const RECEIPT_HEADER = 'openstack-auth-receipt';

/** What a no of IAM means: asked again it would lock the account, or it may pass. */
export function refusal(answer: HttpAnswer, cloud: CloudConfig): LoginRefusedError | CloudError {
  const { code, message, requestId } = explain(answer);
  const request = requestId === undefined ? '' : ` (request ${requestId})`;
  const { status } = answer;
  const isBusy = status === 429 || status >= 500 || status === 408;
  if (isBusy) {
    const text = `IAM cannot log in now: ${code}: ${message}${request}`;
    return new CloudError('IAM', text, { serviceCode: code });
  }
  // IAM itself misses something, an agency perhaps; without its code the address is wrong.
  const isMissed = status === 404 && code.startsWith('IAM.');
  if (status === 401 || status === 403 || status === 400 || isMissed) {
    const wantsMore = answer.headers?.[RECEIPT_HEADER] !== undefined;
    const { method } = cloud.credential;
    const advice = loginAdvice({ code, message, method, wantsMore });
    return new LoginRefusedError(
      `IAM refuses the login of ${whoOf(cloud)}: ${message}${request}`,
      `${advice} To protect the account, this login is not tried again for 15 minutes unless it changes.`,
    );
  }
  return new CloudError('IAM', `IAM does not log in: ${code}: ${message}${request}`, {
    serviceCode: code,
    advice: 'Check OS_AUTH_URL; it ends with /v3.',
  });
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
