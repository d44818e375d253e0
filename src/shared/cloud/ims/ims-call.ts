import { verdictOf } from '../../dialect/error-catalogue.ts';
import { CloudError, FerryError } from '../../errors/errors.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpResult } from '../http/http.ts';
import { explain, ownErrorOf } from '../http/service-error.ts';
import type { Session, Sessions } from '../session/session.ts';
import type { ReadAnswer } from './ims-answers.ts';

type Failed = Extract<ReadAnswer<never>, { kind: 'failed' }>;

/** Sends with the shared session; a refused token is renewed once. A login that fails sends nothing. */
export async function sendWithToken(
  sessions: Sessions,
  send: (session: Session) => Promise<HttpResult>,
): Promise<HttpResult> {
  try {
    const session = await sessions.get();
    const result = await send(session);
    const refusedBy = tokenRefusal(result);
    if (!refusedBy) return result;
    await sessions.invalidate(session, refusedBy);
    const next = await sessions.get();
    const isRenewed = next.fingerprint !== session.fingerprint;
    // A gateway may report an expired token in its own words; a login page refuses every token.
    return refusedBy === 'foreign' && !isRenewed ? result : await send(next);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    const code = error instanceof CloudError ? (error.serviceCode ?? error.code) : error.code;
    return { kind: 'not-sent', code, message: error.message };
  }
}

/** `own`: by the gateway, by IMS, or as Keystone says it. `foreign`: a 401 of something in between. */
function tokenRefusal(result: HttpResult): 'own' | 'foreign' | undefined {
  if (result.kind !== 'answer' || result.status < 400) return undefined;
  const own = ownErrorOf(result);
  const verdict = verdictOf(own?.code ?? '');
  if (!verdict) return result.status === 401 ? (own ? 'own' : 'foreign') : undefined;
  return verdict.kind === 'not-sent' && verdict.cause === 'token' ? 'own' : undefined;
}

/** Anything but a success, before it is known what it means for the call. */
export function toFailure(result: HttpResult): Failed {
  if (result.kind !== 'answer') {
    const { kind, code, message } = result;
    const foreign = kind === 'unclear' && code === 'REDIRECT' ? true : undefined;
    return { kind: 'failed', throttled: false, code, message, ...omitUndefined({ foreign }) };
  }
  const { status, retryAfterMs } = result;
  const explained = explain(result);
  const verdict = verdictOf(explained.code);
  // Whoever answers so: fewer calls do no harm.
  const throttled =
    status === 429 || (verdict?.kind === 'not-sent' && verdict.cause === 'throttled');
  const foreign = ownErrorOf(result) ? undefined : true;
  return { kind: 'failed', throttled, ...explained, ...omitUndefined({ foreign, retryAfterMs }) };
}
