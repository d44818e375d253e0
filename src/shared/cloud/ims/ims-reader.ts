import { isGatewayCode, verdictOf } from '../../dialect/error-catalogue.ts';
import { CloudError, FerryError } from '../../errors/errors.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpAnswer } from '../http/answer.ts';
import type { Http, HttpResult } from '../http/http.ts';
import { CHALLENGE_HEADER, explain, ownErrorOf } from '../http/service-error.ts';
import type { Session, Sessions } from '../session/session.ts';
import { type ReadAnswer, readFailed } from './ims-answers.ts';

/** One GET, and how to understand its answer. */
export interface Read<T> {
  readonly operation: 'job' | 'image' | 'images' | 'quota' | 'os_version';
  readonly path: (session: Session) => string;
  /** `undefined` for a body that is not the requested thing. */
  readonly parse: (body: unknown) => T | undefined;
  /** The id of the requested image: Glance says in plain text that it does not know it. */
  readonly knows?: string;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

export interface Reader {
  read<T>(read: Read<T>): Promise<ReadAnswer<T>>;
}

/** Reads from IMS with the shared session; a refused token is renewed once. */
export function createReader(http: Http, sessions: Sessions): Reader {
  const get = <T>(read: Read<T>, session: Session): Promise<HttpResult> => {
    const call = { method: 'GET', url: `${session.imsEndpoint}${read.path(session)}` } as const;
    const { operation, maxBytes, timeoutMs } = read;
    return http.request({
      ...{ ...call, service: 'ims', operation, keep: [CHALLENGE_HEADER] },
      ...{ headers: session.authorize(call), raw: read.knows !== undefined },
      ...omitUndefined({ maxBytes, timeoutMs }),
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
        // A gateway may report an expired token in its own words; a login page refuses every token.
        if (refusedBy === 'foreign' && !isRenewed) return toReadAnswer(result, read);
        return toReadAnswer(await get(read, next), read);
      } catch (error) {
        if (!(error instanceof FerryError)) throw error;
        const code = error instanceof CloudError ? (error.serviceCode ?? error.code) : error.code;
        return readFailed(code, error.message);
      }
    },
  };
}

/** `own`: by the gateway, by IMS, or as Keystone says it. `foreign`: a 401 of something in between. */
function tokenRefusal(result: HttpResult): 'own' | 'foreign' | undefined {
  if (result.kind !== 'answer' || result.status < 400) return undefined;
  const own = ownErrorOf(result);
  const verdict = verdictOf(own?.code ?? '');
  if (!verdict) return result.status === 401 ? (own ? 'own' : 'foreign') : undefined;
  return verdict.kind === 'not-sent' && verdict.cause === 'token' ? 'own' : undefined;
}

function toReadAnswer<T>(result: HttpResult, read: Read<T>): ReadAnswer<T> {
  if (result.kind !== 'answer') {
    return readFailed(result.code, result.message, result.code === 'REDIRECT');
  }
  const { status, retryAfterMs, serverTime, body, text } = result;
  if (status >= 200 && status < 300) {
    const value = read.parse(body);
    if (value !== undefined) return { kind: 'ok', value, ...omitUndefined({ serverTime }) };
    const isJson = typeof body === 'object' && body !== null;
    return readFailed('UNREADABLE', `IMS sent an unexpected answer: ${text || 'empty'}`, !isJson);
  }
  const explained = explain(result);
  if (isMissing(result, read)) return { kind: 'not-found', ...explained };
  const verdict = verdictOf(explained.code);
  // Whoever answers so: fewer calls do no harm.
  const throttled =
    status === 429 || (verdict?.kind === 'not-sent' && verdict.cause === 'throttled');
  const foreign = ownErrorOf(result) ? undefined : true;
  return { kind: 'failed', throttled, ...explained, ...omitUndefined({ foreign, retryAfterMs }) };
}

/**
 * True when IMS says that it does not know the requested thing. A 404 alone proves nothing: gateways
 * and proxies send it as well.
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
