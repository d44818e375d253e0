import { readErrorBody } from '../cloud/http/error-body.ts';
import type { HttpRequest, HttpResult } from '../cloud/http/http.ts';
import type { HttpAnswer } from '../cloud/http/http-answer.ts';
import { ownErrorOf } from '../cloud/ims/own-error.ts';
import type { CloudCall } from './metrics.ts';

type Called = Pick<CloudCall, 'service' | 'operation'>;

/** What each path of the clouds stands for, as method and path without the query. */
const OPERATIONS: readonly (readonly [RegExp, Called])[] = [
  [/^POST .*\/auth\/tokens$/, { service: 'iam', operation: 'login' }],
  [/^POST .*\/action$/, { service: 'ims', operation: 'submit' }],
  [/\/jobs?\/[^/]+$/, { service: 'ims', operation: 'job' }],
  [/\/v2\/images\/[^/]+$/, { service: 'ims', operation: 'image' }],
  [/\/cloudimages\/quota$/, { service: 'ims', operation: 'quota' }],
  [/\/v2\/cloudimages$/, { service: 'ims', operation: 'images' }],
];

/** Pure: which call it was and how it ended. */
export function describeCall(call: HttpRequest, result: HttpResult): Omit<CloudCall, 'seconds'> {
  const { pathname } = new URL(call.url);
  const line = `${call.method} ${pathname}`;
  const known = OPERATIONS.find(([pattern]) => pattern.test(line))?.[1];
  const called = known ?? { service: 'obs', operation: call.method.toLowerCase() };
  return { ...called, ...outcomeOf(result, called.service) };
}

function outcomeOf(
  result: HttpResult,
  service: CloudCall['service'],
): Pick<CloudCall, 'outcome' | 'code'> {
  if (result.kind !== 'answer') return { outcome: result.kind, code: result.code };
  const { status, body } = result;
  const own = service === 'obs' || isOwn(result);
  if (status < 400) return { outcome: own ? 'ok' : 'foreign', code: String(status) };
  const code = (own ? readErrorBody(body).code : undefined) ?? String(status);
  if (status === 429 || /^APIGW?\.0308$/.test(code)) return { outcome: 'throttled', code };
  if (!own) return { outcome: 'foreign', code };
  return { outcome: status >= 500 ? 'error' : 'refused', code };
}

/** In a shape of IMS or IAM. Glance alone may say in plain text that it does not know an image. */
function isOwn(answer: HttpAnswer): boolean {
  if (answer.status < 400) return typeof answer.body === 'object' && answer.body !== null;
  return ownErrorOf(answer) !== undefined || /^no image found/i.test(answer.text);
}
