import { randomBytes } from 'node:crypto';
import type { CloudConfig, Credential } from '../../config/cloud/cloud-config.ts';
import { CloudError, LoginRefusedError } from '../../errors/errors.ts';
import type { Logger } from '../../log/logger.ts';
import type { Clock } from '../../runtime/clock.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { Http } from '../http/http.ts';
import { whoOf } from '../iam/iam-call.ts';
import { login } from '../iam/login.ts';
import type { Login } from '../iam/login-answer.ts';
import { type SignedCall, signCall } from '../iam/sign-call.ts';
import {
  type CachedLogin,
  createTokenCipher,
  fingerprintOf,
  REFUSED_MS,
  type TokenCipher,
} from './token-store.ts';

/** What a login gives: everything that a call to IMS needs. Never logged, never stored in clear. */
export interface Session {
  /** The headers that prove who calls: a token, or a signature of exactly this call. */
  readonly authorize: (call: SignedCall) => Readonly<Record<string, string>>;
  /** Identifies the token in logs and in compare-and-delete without revealing it. */
  readonly fingerprint: string;
  readonly projectId: string;
  /** Base URL of IMS without a trailing slash. */
  readonly imsEndpoint: string;
  /** Milliseconds since 1970, by the local clock. */
  readonly expiresAt: number;
  /** Catalog entries that could not be read and may have been of IMS. */
  readonly unread?: number;
}

export interface Sessions {
  /**
   * The shared session; logs in when there is none.
   * @throws LoginRefusedError when IAM refused this login (also when it did so minutes ago)
   * @throws CloudError when IAM cannot be reached or answers nonsense
   */
  get(): Promise<Session>;
  /**
   * Forgets this session everywhere, unless a newer one has taken its place. `foreign`: something other
   * than the cloud refused it; then only if it is at least a minute old.
   */
  invalidate(session: Session, by?: 'own' | 'foreign'): Promise<void>;
}

/** A login that this process holds. Times by the fleet's clock. */
export interface Held {
  readonly session: Session;
  readonly issuedAt: number;
  /** From then on a new login is made in the background. */
  readonly refreshAt: number;
  /** From then on it is no longer used. */
  readonly usableUntil: number;
}

const SAFETY_MS = 5 * 60_000;

/** `early`, 0 to 1: processes renew a little apart, at four fifths of a login's life. */
export function holdLogin(
  cached: CachedLogin,
  { cipher, early }: { readonly cipher: TokenCipher; readonly early: number },
  { cloud, clock }: Pick<LoginOptions, 'cloud' | 'clock'>,
): Held {
  const { issuedAt, lifeMs, projectId, imsEndpoint, unread } = cached;
  const fingerprint = fingerprintOf(cached, cipher);
  const expiresAt = issuedAt + lifeMs;
  const authorize = authorization(cached, cloud.credential, () => clock.now());
  return {
    session: omitUndefined({ authorize, fingerprint, projectId, imsEndpoint, expiresAt, unread }),
    issuedAt,
    refreshAt: issuedAt + lifeMs * (0.78 + 0.04 * early),
    usableUntil: expiresAt - Math.min(SAFETY_MS, lifeMs / 10),
  };
}

/** What proves each call of a session: its token, or a signature with the project it is for. */
function authorization(
  { token, projectId }: Pick<Login, 'token' | 'projectId'>,
  credential: Credential,
  now: () => number,
): Session['authorize'] {
  if (token !== undefined) return () => ({ 'x-auth-token': token });
  if (credential.method !== 'keys') throw new CloudError('IAM', 'IAM gave no token.');
  const headers = { 'x-project-id': projectId };
  return (call) => signCall(call, credential, { now: now(), headers });
}

export interface LoginOptions {
  readonly http: Http;
  readonly cloud: CloudConfig;
  readonly clock: Clock;
  readonly log: Logger;
}

const PAUSE_MS = 60_000;
const TOO_SOON = 'Redis is away, and a login was made within the last minute.';

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
    if (issuedAt < nextAt) {
      if (refused) throw refused;
      const advice = 'Nothing to do: logins resume when Redis is back.';
      throw new CloudError('IAM', TOO_SOON, { advice });
    }
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

/** Sessions of one process that shares nothing: for calls to the cloud without Redis. */
export function ownSessions(options: LoginOptions): Sessions {
  const logIn = loginWithoutRedis(options);
  const cipher = createTokenCipher(randomBytes(32));
  const open = async (): Promise<Session> =>
    holdLogin(await logIn(), { cipher, early: 0 }, options).session;
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
