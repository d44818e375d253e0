import { CloudError, FerryError } from '../../errors/errors.ts';
import type { Http, HttpResult } from '../http/http.ts';
import { verdictOf } from './error-catalogue.ts';
import type { ReadAnswer, Session, Sessions } from './ims-answers.ts';
import { explain } from './sort-submit-answer.ts';

/** One GET, and how to understand its answer. */
export interface Read<T> {
  readonly path: (session: Session) => string;
  /** `undefined` for a body that is not what was asked for. */
  readonly parse: (body: unknown) => T | undefined;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

export interface Reader {
  read<T>(read: Read<T>): Promise<ReadAnswer<T>>;
}

/** Reads from IMS with the shared session; a token that is refused is renewed once. */
export function createReader(http: Http, sessions: Sessions): Reader {
  const get = <T>(read: Read<T>, session: Session): Promise<HttpResult> => {
    const call = { method: 'GET', url: `${session.imsEndpoint}${read.path(session)}` } as const;
    return http.request({
      ...call,
      headers: session.authorize(call),
      ...(read.maxBytes === undefined ? {} : { maxBytes: read.maxBytes }),
      ...(read.timeoutMs === undefined ? {} : { timeoutMs: read.timeoutMs }),
    });
  };
  return {
    read: async (read) => {
      try {
        const session = await sessions.get();
        const result = await get(read, session);
        if (!isTokenRefused(result)) return toReadAnswer(result, read);
        await sessions.invalidate(session);
        return toReadAnswer(await get(read, await sessions.get()), read);
      } catch (error) {
        if (!(error instanceof FerryError)) throw error;
        const code = error instanceof CloudError ? (error.serviceCode ?? error.code) : error.code;
        return { kind: 'failed', throttled: false, code, message: error.message };
      }
    },
  };
}

function isTokenRefused(result: HttpResult): boolean {
  if (result.kind !== 'answer') return false;
  if (result.status === 401) return true;
  const verdict = result.status < 400 ? undefined : verdictOf(explain(result).code);
  return verdict?.kind === 'not-sent' && verdict.cause === 'token';
}

function toReadAnswer<T>(result: HttpResult, read: Read<T>): ReadAnswer<T> {
  if (result.kind !== 'answer') {
    return { kind: 'failed', throttled: false, code: result.code, message: result.message };
  }
  const { status, serverTime, retryAfterMs } = result;
  if (status >= 200 && status < 300) {
    const value = read.parse(result.body);
    if (value !== undefined) {
      return { kind: 'ok', value, ...(serverTime === undefined ? {} : { serverTime }) };
    }
    const message = `IMS answered something else than expected: ${result.text || 'empty'}`;
    return { kind: 'failed', throttled: false, code: 'UNREADABLE', message };
  }
  const explained = explain(result);
  const isGateway = /^APIGW?\./.test(explained.code);
  const isGone = status === 404 && !isGateway;
  // IMS: what an unknown job answers is not documented; IMG.0023 is the likely code beside 404.
  if (isGone || explained.code === 'IMG.0023') return { kind: 'not-found', ...explained };
  const verdict = verdictOf(explained.code);
  const throttled =
    status === 429 || (verdict?.kind === 'not-sent' && verdict.cause === 'throttled');
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  return { kind: 'failed', throttled, ...explained, ...retry };
}
