import { CloudError, FerryError } from '../../errors/errors.ts';
import type { Http, HttpResult } from '../http/http.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { isGatewayCode, verdictOf } from './error-catalogue.ts';
import type { ReadAnswer, Session, Sessions } from './ims-answers.ts';
import { CHALLENGE_HEADER, ownErrorOf } from './own-error.ts';
import { explain } from './sort-submit-answer.ts';

/** One GET, and how to understand its answer. */
export interface Read<T> {
  readonly path: (session: Session) => string;
  /** `undefined` for a body that is not what was asked for. */
  readonly parse: (body: unknown) => T | undefined;
  /** The id of the image that is asked for: Glance says in plain text that it does not know it. */
  readonly knows?: string;
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
      keep: [CHALLENGE_HEADER],
      ...(read.knows === undefined ? {} : { raw: true }),
      ...(read.maxBytes === undefined ? {} : { maxBytes: read.maxBytes }),
      ...(read.timeoutMs === undefined ? {} : { timeoutMs: read.timeoutMs }),
    });
  };
  return {
    read: async (read) => {
      try {
        const session = await sessions.get();
        const result = await get(read, session);
        const refusedBy = tokenRefusal(result);
        if (!refusedBy) return toReadAnswer(result, read);
        await sessions.invalidate(session, refusedBy);
        const next = await sessions.get();
        const isRenewed = next.fingerprint !== session.fingerprint;
        // A gateway may say in words of its own that a token has expired; a login page says the same of each.
        if (refusedBy === 'foreign' && !isRenewed) return toReadAnswer(result, read);
        return toReadAnswer(await get(read, next), read);
      } catch (error) {
        if (!(error instanceof FerryError)) throw error;
        const code = error instanceof CloudError ? (error.serviceCode ?? error.code) : error.code;
        return { kind: 'failed', throttled: false, code, message: error.message };
      }
    },
  };
}

/** `own`: by the gateway, by IMS, or as Keystone says it. `foreign`: a 401 of something in between. */
function tokenRefusal(result: HttpResult): 'own' | 'foreign' | undefined {
  if (result.kind !== 'answer' || result.status < 400) return undefined;
  const own = ownErrorOf(result);
  if (!own) return result.status === 401 ? 'foreign' : undefined;
  const verdict = verdictOf(own.code ?? '');
  const isRefused =
    verdict === undefined
      ? result.status === 401
      : verdict.kind === 'not-sent' && verdict.cause === 'token';
  return isRefused ? 'own' : undefined;
}

function toReadAnswer<T>(result: HttpResult, read: Read<T>): ReadAnswer<T> {
  if (result.kind !== 'answer') {
    const { code, message } = result;
    const foreign = code === 'REDIRECT' ? { foreign: true } : {};
    return { kind: 'failed', throttled: false, code, message, ...foreign };
  }
  if (result.status >= 200 && result.status < 300) return parsed(result, read);
  const { status, retryAfterMs } = result;
  const explained = explain(result);
  if (isMissing(result, read)) return { kind: 'not-found', ...explained };
  const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
  const verdict = verdictOf(explained.code);
  // Whoever says so: to ask less does no harm.
  const throttled =
    status === 429 || (verdict?.kind === 'not-sent' && verdict.cause === 'throttled');
  const foreign = ownErrorOf(result) ? {} : { foreign: true };
  return { kind: 'failed', throttled, ...explained, ...foreign, ...retry };
}

function parsed<T>(answer: HttpAnswer, read: Read<T>): ReadAnswer<T> {
  const { serverTime } = answer;
  const value = read.parse(answer.body);
  if (value !== undefined) {
    return { kind: 'ok', value, ...(serverTime === undefined ? {} : { serverTime }) };
  }
  const message = `IMS answered something else than expected: ${answer.text || 'empty'}`;
  const foreign = isJsonObject(answer.body) ? {} : { foreign: true };
  return { kind: 'failed', throttled: false, code: 'UNREADABLE', message, ...foreign };
}

function isJsonObject(body: unknown): boolean {
  return typeof body === 'object' && body !== null;
}

/**
 * True when IMS says that it does not know what was asked for. A 404 alone does not: gateways and
 * proxies answer it as well.
 */
function isMissing<T>(answer: HttpAnswer, { knows }: Read<T>): boolean {
  const own = ownErrorOf(answer);
  // IMS: what an unknown job answers is not documented; IMG.0023 is the likely code beside 404.
  if (own?.code === 'IMG.0023') return true;
  if (answer.status !== 404) return false;
  if (own) return !isGatewayCode(own.code ?? '');
  return knows !== undefined && isGlanceText(answer.raw ?? '', knows);
}

/** Glance: plain text or a page of HTML, in which it names the image. */
function isGlanceText(text: string, id: string): boolean {
  return text.includes(id) && /\b(no image found|failed to find image)\b/i.test(text);
}
