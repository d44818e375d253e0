import { plain } from './http-answer.ts';

/** What a service says about a failure, whichever of its shapes it uses. */
export interface ErrorBody {
  /** `IMG.0015`, `APIGW.0308`, `IAM.0011`; absent when the body has only a number or no code. */
  readonly code?: string;
  readonly message?: string;
  readonly requestId?: string;
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
  return search(body, 0) ?? {};
}

function search(body: unknown, depth: number): ErrorBody | undefined {
  if (!isFields(body) || depth > MAX_DEPTH) return undefined;
  const own = readFields(body);
  if (own?.code !== undefined) return own;
  const nested = Object.values(body).map((value) => search(value, depth + 1));
  return nested.find((found) => found?.code !== undefined) ?? nested.find(Boolean) ?? own;
}

function readFields(fields: Fields): ErrorBody | undefined {
  const code = CODE_NAMES.map((name) => fields[name]).find(
    (value) => typeof value === 'string' && /^[A-Za-z]+\.\d+$/.test(value),
  );
  const message = MESSAGE_NAMES.map((name) => fields[name]).find(
    (value) => typeof value === 'string' && value !== '',
  );
  const requestId = fields['request_id'];
  if (code === undefined && message === undefined) return undefined;
  return {
    ...(typeof code === 'string' ? { code } : {}),
    ...(typeof message === 'string' ? { message: plain(message, 500) } : {}),
    ...(typeof requestId === 'string' ? { requestId: plain(requestId, 100) } : {}),
  };
}

function isFields(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
