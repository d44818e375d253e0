import { omitUndefined } from '../../runtime/omit-undefined.ts';
import { type HttpAnswer, plain } from './answer.ts';

/** A service's words, and ours. */
export interface Explained {
  /** `IMG.0057`, `APIGW.0308`, or our own word such as `TIMEOUT`. */
  readonly code: string;
  readonly message: string;
  /** What to do next. */
  readonly advice?: string;
  readonly requestId?: string;
}

/** What a service says about a failure, in any of its shapes. */
interface ErrorBody {
  /** `IMG.0015`, `APIGW.0308`, `IAM.0011`; absent if the body has only a number or no code. */
  readonly code?: string;
  readonly message?: string;
  readonly requestId?: string;
}

/** An error in a shape that only the services have. */
export interface OwnError extends ErrorBody {
  /**
   * `code`: it has a code of a service (`IMG.0015`). `status`: as Keystone and Glance have it, a number that
   * is also the status of the answer.
   */
  readonly by: 'code' | 'status';
}

type Fields = Readonly<Record<string, unknown>>;

const CODE_NAMES = ['error_code', 'errorCode', 'code'] as const;
const MESSAGE_NAMES = ['error_msg', 'errorMsg', 'message'] as const;
const MAX_DEPTH = 3;

/**
 * Reads the bodies of IMS (`{error: {code, message}}`), the gateway (`{error_code, error_msg}`),
 * Keystone (numeric codes), and their mixtures: first at the top, then inside nested objects.
 * A code wins over a message without one.
 */
export function readErrorBody(body: unknown): ErrorBody {
  return search(body) ?? {};
}

/** Codes of IMS, IAM, their gateway, and what they share. */
const OWN_CODE = /^(IMG|IMS|IAM|APIGW?|Common)\.\d{3,8}$/;
/** Names of the one field that holds an error of OpenStack. */
const FAULTS = new Set(['itemNotFound', 'badRequest', 'unauthorized', 'forbidden', 'overLimit']);

/** Header in which OpenStack names whose token it wants. */
export const CHALLENGE_HEADER = 'www-authenticate';

/**
 * What the service itself says about a failure; `undefined` for the page of a firewall, a gateway or
 * a proxy, whatever its status: its words prove nothing. Unlike `readErrorBody` it looks only where the
 * services write their errors: at the top, and in the field `error`.
 */
export function ownErrorOf({ body, status, headers }: HttpAnswer): OwnError | undefined {
  for (const fields of isFields(body) ? [body, body['error']] : []) {
    const found = isFields(fields) ? readFields(fields) : undefined;
    if (found?.code !== undefined && OWN_CODE.test(found.code)) return { ...found, by: 'code' };
  }
  const fault = isFields(body) ? (keystoneFault(body) ?? openStackFault(body)) : undefined;
  if (fault?.['code'] === status && typeof fault['message'] === 'string') {
    return { ...readFields(fault), by: 'status' };
  }
  const isKeystone = status === 401 && /^keystone\b/i.test(headers?.[CHALLENGE_HEADER] ?? '');
  return isKeystone ? { by: 'status' } : undefined;
}

/**
 * The service's own words; of any other answer the status and a piece of the text, whatever code it
 * names.
 */
export function explain(answer: HttpAnswer): Explained {
  const own = ownErrorOf(answer);
  const found = own ?? readErrorBody(answer.body);
  return {
    code: own?.code ?? `HTTP_${answer.status}`,
    message: found.message ?? `HTTP ${answer.status} ${answer.text}`.trim(),
    ...omitUndefined({ requestId: found.requestId ?? answer.requestId }),
  };
}

/** `{"error": {"code": 401, "message", "title"}}` */
function keystoneFault({ error }: Fields): Fields | undefined {
  return isFields(error) && typeof error['title'] === 'string' ? error : undefined;
}

/** `{"itemNotFound": {"code": 404, "message"}}` */
function openStackFault(body: Fields): Fields | undefined {
  const [[name, fault] = ['', undefined], ...others] = Object.entries(body);
  return FAULTS.has(name) && others.length === 0 && isFields(fault) ? fault : undefined;
}

function search(body: unknown, depth = 0): ErrorBody | undefined {
  if (!isFields(body) || depth > MAX_DEPTH) return undefined;
  const own = readFields(body);
  if (own?.code !== undefined) return own;
  const nested = Object.values(body).map((value) => search(value, depth + 1));
  return nested.find((found) => found?.code !== undefined) ?? nested.find(Boolean) ?? own;
}

function readFields(fields: Fields): ErrorBody | undefined {
  const texts = (names: readonly string[]): readonly string[] =>
    names.map((name) => fields[name]).filter((value) => typeof value === 'string');
  const code = texts(CODE_NAMES).find((value) => /^[A-Za-z]+\.\d+$/.test(value));
  const message = texts(MESSAGE_NAMES).find((value) => value !== '');
  if (code === undefined && message === undefined) return undefined;
  const [requestId] = texts(['request_id']);
  return omitUndefined({
    code,
    message: message && plain(message, 500),
    requestId: requestId && plain(requestId, 100),
  });
}

export function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
