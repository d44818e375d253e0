import { isGatewayCode } from '../../dialect/error-catalogue.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpAnswer } from '../http/answer.ts';
import type { Http, HttpResult } from '../http/http.ts';
import { CHALLENGE_HEADER, explain, ownErrorOf } from '../http/service-error.ts';
import { isCloudId } from '../http/url-part.ts';
import type { Session, Sessions } from '../session/session.ts';
import { isUnknownToGlance } from './glance-text.ts';
import { badId, type ReadAnswer, readFailed } from './ims-answers.ts';
import { sendWithToken, toFailure } from './ims-call.ts';

/** One GET, and how to understand its answer. */
export interface Read<T> {
  readonly operation: 'job' | 'image' | 'images' | 'quota' | 'os_version';
  readonly path: (session: Session) => string;
  /** `undefined` for a body that is not the requested thing. */
  readonly parse: (body: unknown) => T | undefined;
  /** Of a call of Glance, which says in plain text that it does not know this image. */
  readonly imageId?: string;
  readonly maxBytes?: number;
  readonly timeoutMs?: number;
}

export interface Reader {
  read<T>(read: Read<T>): Promise<ReadAnswer<T>>;
}

/** Reads from IMS with the shared session; a refused token is renewed once. */
export function createReader(http: Http, sessions: Sessions): Reader {
  const get =
    (read: Read<unknown>) =>
    (session: Session): Promise<HttpResult> => {
      const call = { method: 'GET', url: `${session.imsEndpoint}${read.path(session)}` } as const;
      const { operation, maxBytes, timeoutMs } = read;
      return http.request({
        ...{ ...call, service: 'ims', operation, keep: [CHALLENGE_HEADER] },
        ...{ headers: session.authorize(call), raw: read.imageId !== undefined },
        ...omitUndefined({ maxBytes, timeoutMs }),
      });
    };
  return {
    read: async (read) => {
      const { imageId } = read;
      if (imageId !== undefined && !isCloudId(imageId)) {
        return { kind: 'failed', throttled: false, ...badId(imageId) };
      }
      return toReadAnswer(await sendWithToken(sessions, get(read)), read);
    },
  };
}

function toReadAnswer<T>(result: HttpResult, read: Read<T>): ReadAnswer<T> {
  if (result.kind !== 'answer') return toFailure(result);
  const { status, serverTime, body, text } = result;
  if (status >= 200 && status < 300) {
    const value = read.parse(body);
    if (value !== undefined) return { kind: 'ok', value, ...omitUndefined({ serverTime }) };
    const isJson = typeof body === 'object' && body !== null;
    return readFailed('UNREADABLE', `IMS sent an unexpected answer: ${text || 'empty'}`, !isJson);
  }
  return isMissing(result, read) ? { kind: 'not-found', ...explain(result) } : toFailure(result);
}

/**
 * True when IMS says that it does not know the requested thing. A 404 alone proves nothing: gateways
 * and proxies send it as well.
 */
function isMissing<T>(answer: HttpAnswer, { imageId }: Read<T>): boolean {
  const own = ownErrorOf(answer);
  // IMS: what an unknown job answers is not documented; IMG.0023 is the likely code beside 404.
  if (own?.code === 'IMG.0023') return true;
  if (own) return answer.status === 404 && !isGatewayCode(own.code ?? '');
  return imageId !== undefined && isUnknownToGlance(answer, imageId);
}
