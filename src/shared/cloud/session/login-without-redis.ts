import { randomBytes } from 'node:crypto';
import type { CloudConfig } from '../../config/cloud/cloud-config.ts';
import { CloudError, LoginRefusedError } from '../../errors/errors.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../runtime/clock.ts';
import type { Http } from '../http/http.ts';
import { whoOf } from '../iam/iam-call.ts';
import { login } from '../iam/login.ts';
import { holdLogin, namesUnder, type Session, type Sessions } from './session.ts';
import { type CachedLogin, createTokenCipher, REFUSED_MS } from './token-store.ts';

export interface LoginOptions {
  readonly http: Http;
  readonly cloud: CloudConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

const PAUSE_MS = 60_000;

/**
 * Logins of one process while Redis is away. Old tokens stay valid, so another login does no harm;
 * at most one per minute, and none for 15 minutes after IAM refused one, or the account gets locked.
 */
export function loginWithoutRedis(options: LoginOptions): () => Promise<CachedLogin> {
  const { http, cloud, clock, log } = options;
  let nextAt = Number.NEGATIVE_INFINITY;
  let refused: LoginRefusedError | undefined;
  return async () => {
    const issuedAt = clock.now();
    if (issuedAt < nextAt) throw refused ?? tooSoon();
    refused = undefined;
    nextAt = issuedAt + PAUSE_MS;
    log.warn({ user: whoOf(cloud) }, 'Redis is away: logging in without it');
    try {
      return { ...(await login({ http, cloud, now: () => clock.now() })), issuedAt };
    } catch (error) {
      if (error instanceof LoginRefusedError) {
        refused = error;
        nextAt = issuedAt + REFUSED_MS;
      }
      throw error;
    }
  };
}

function tooSoon(): CloudError {
  return new CloudError('IAM', 'Redis is away, and a login was made within the last minute.', {
    advice: 'Nothing to do: logins resume when Redis is back.',
  });
}

/** Sessions of one process that shares nothing: for calls to the cloud without Redis. */
export function ownSessions(options: LoginOptions): Sessions {
  const logIn = loginWithoutRedis(options);
  const names = namesUnder(createTokenCipher(randomBytes(32)));
  const { cloud, clock } = options;
  const by = { names, credential: cloud.credential, early: 0, now: () => clock.now() };
  const open = async (): Promise<Session> => holdLogin(await logIn(), by).session;
  let held: Promise<Session> | undefined;
  return {
    get: () => {
      held ??= open();
      return held;
    },
    invalidate: async (_, by) => {
      if (by !== 'foreign') held = undefined;
    },
  };
}
