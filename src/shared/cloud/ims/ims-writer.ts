import { verdictOf } from '../../dialect/error-catalogue.ts';
import { CloudError, FerryError } from '../../errors/errors.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { Http, HttpResult } from '../http/http.ts';
import { CHALLENGE_HEADER, type Explained, explain, ownErrorOf } from '../http/service-error.ts';
import type { Session, Sessions } from '../session/session.ts';
import type { Foreign } from './ims-answers.ts';

/**
 * One change of an image that exists. Unlike a create it may be repeated: a change that was made already
 * changes nothing.
 */
export interface Write {
  readonly operation: 'member' | 'update' | 'tag' | 'delete';
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: (session: Session) => string;
  readonly json?: unknown;
  /** Beside `application/json`. */
  readonly contentType?: string;
  /** Called right before the request leaves; if it returns false, nothing is sent (`failed`). */
  readonly beforeSend?: () => boolean;
}

/** The answer to a change. */
export type WriteAnswer =
  | { readonly kind: 'ok'; readonly body: unknown; readonly serverTime?: number }
  | ({ readonly kind: 'not-found' } & Explained)
  /** IMS itself says no: the same again would be refused again. */
  | ({ readonly kind: 'refused'; readonly status: number } & Explained)
  /** Nobody can say whether it was made. */
  | ({ readonly kind: 'failed'; readonly throttled: boolean } & Foreign & Explained);

export interface Writer {
  write(write: Write): Promise<WriteAnswer>;
}

/** Changes images with the shared session; a refused token is renewed once. Never throws for the cloud. */
export function createWriter(http: Http, sessions: Sessions): Writer {
  const send = (write: Write, session: Session): Promise<HttpResult> => {
    const { method, json, operation, contentType, beforeSend } = write;
    const url = `${session.imsEndpoint}${write.path(session)}`;
    const call = { method, url, ...omitUndefined({ json }) };
    const type = contentType === undefined ? {} : { 'content-type': contentType };
    return http.request({
      ...{ ...call, service: 'ims', operation, keep: [CHALLENGE_HEADER] },
      headers: { ...session.authorize(call), ...type },
      ...omitUndefined({ beforeSend }),
    });
  };
  return {
    write: async (write) => {
      try {
        const session = await sessions.get();
        const result = await send(write, session);
        if (!isTokenRefusal(result)) return toWriteAnswer(result);
        await sessions.invalidate(session);
        return toWriteAnswer(await send(write, await sessions.get()));
      } catch (error) {
        if (!(error instanceof FerryError)) throw error;
        const code = error instanceof CloudError ? (error.serviceCode ?? error.code) : error.code;
        return { kind: 'failed', throttled: false, code, message: error.message };
      }
    },
  };
}

function isTokenRefusal(result: HttpResult): boolean {
  if (result.kind !== 'answer' || result.status < 400) return false;
  const verdict = verdictOf(ownErrorOf(result)?.code ?? '');
  if (!verdict) return result.status === 401;
  return verdict.kind === 'not-sent' && verdict.cause === 'token';
}

function toWriteAnswer(result: HttpResult): WriteAnswer {
  if (result.kind !== 'answer') {
    const foreign = result.code === 'REDIRECT' ? true : undefined;
    const { code, message } = result;
    return { kind: 'failed', throttled: false, code, message, ...omitUndefined({ foreign }) };
  }
  const { status, body, serverTime, retryAfterMs } = result;
  if (status >= 200 && status < 300) return { kind: 'ok', body, ...omitUndefined({ serverTime }) };
  const explained = explain(result);
  const verdict = verdictOf(explained.code);
  const throttled =
    status === 429 || (verdict?.kind === 'not-sent' && verdict.cause === 'throttled');
  const isOwn = ownErrorOf(result) !== undefined;
  const foreign = isOwn ? undefined : true;
  // A page of something in between proves nothing, whatever its status.
  if (throttled || status >= 500 || !isOwn) {
    return { kind: 'failed', throttled, ...explained, ...omitUndefined({ foreign, retryAfterMs }) };
  }
  return status === 404
    ? { kind: 'not-found', ...explained }
    : { kind: 'refused', status, ...explained };
}
