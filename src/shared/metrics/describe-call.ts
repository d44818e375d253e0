import type { HttpRequest, HttpResult } from '../cloud/http/http.ts';
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
  return { ...called, ...outcomeOf(result) };
}

function outcomeOf(result: HttpResult): Pick<CloudCall, 'outcome' | 'code'> {
  if (result.kind !== 'answer') return { outcome: result.kind, code: result.code };
  const { status } = result;
  const code = codeOf(result.body) ?? String(status);
  if (status < 400) return { outcome: 'ok', code: String(status) };
  if (status === 429 || /^APIGW?\.0308$/.test(code)) return { outcome: 'throttled', code };
  return { outcome: status >= 500 ? 'error' : 'refused', code };
}

/** IMS: `{"error": {"code"}}`, IAM and the gateway: `{"error_code"}`. */
function codeOf(body: unknown): string | undefined {
  if (body === null || typeof body !== 'object') return undefined;
  const { error, error_code: flat } = body as { error?: unknown; error_code?: unknown };
  if (typeof flat === 'string') return flat;
  const inner = error !== null && typeof error === 'object' && 'code' in error ? error.code : flat;
  return typeof inner === 'string' ? inner : undefined;
}
