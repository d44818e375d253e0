import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { Http, HttpResult } from '../http/http.ts';
import { CHALLENGE_HEADER, type Explained, explain, ownErrorOf } from '../http/service-error.ts';
import { isCloudId } from '../http/url-part.ts';
import type { Session, Sessions } from '../session/session.ts';
import { isRefusedByGlance, isUnknownToGlance } from './glance-text.ts';
import { badId, type Foreign } from './ims-answers.ts';
import { sendWithToken, toFailure } from './ims-call.ts';

/**
 * One change of an image that exists. Unlike a create it may be repeated: a change that was made already
 * changes nothing.
 */
export interface Write {
  readonly operation: 'member' | 'update' | 'tag' | 'delete';
  readonly method: 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  readonly path: (session: Session) => string;
  readonly json?: unknown;
  /** The image that is changed: Glance, behind IMS, says in plain text that it does not know it, or no. */
  readonly imageId?: string;
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
  const send =
    (write: Write) =>
    (session: Session): Promise<HttpResult> => {
      const { method, json, operation, imageId, contentType, beforeSend } = write;
      const url = `${session.imsEndpoint}${write.path(session)}`;
      const call = { method, url, ...omitUndefined({ json }) };
      const type = contentType === undefined ? {} : { 'content-type': contentType };
      return http.request({
        ...{ ...call, service: 'ims', operation, keep: [CHALLENGE_HEADER] },
        headers: { ...session.authorize(call), ...type },
        raw: imageId !== undefined,
        ...omitUndefined({ beforeSend }),
      });
    };
  return {
    write: async (write) => {
      const { imageId } = write;
      if (imageId !== undefined && !isCloudId(imageId)) {
        return { kind: 'refused', status: 0, ...badId(imageId) };
      }
      return toWriteAnswer(await sendWithToken(sessions, send(write)), write);
    },
  };
}

function toWriteAnswer(result: HttpResult, { imageId }: Write): WriteAnswer {
  if (result.kind !== 'answer') return toFailure(result);
  const { status, body, serverTime } = result;
  if (status >= 200 && status < 300) return { kind: 'ok', body, ...omitUndefined({ serverTime }) };
  const failure = toFailure(result);
  if (failure.throttled || status >= 500) return failure;
  const ofGlance = imageId !== undefined && ownErrorOf(result) === undefined;
  const explained = explain(result);
  if (ofGlance && isUnknownToGlance(result, imageId)) return { kind: 'not-found', ...explained };
  const isRefused = ofGlance && isRefusedByGlance(result);
  // A page of something in between proves nothing, whatever its status.
  if (failure.foreign && !isRefused) return failure;
  return status === 404
    ? { kind: 'not-found', ...explained }
    : { kind: 'refused', status, ...explained };
}
