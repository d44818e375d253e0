import type { Credential } from '../../config/cloud/cloud-config.ts';
import { CloudError } from '../../errors/errors.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { Login } from '../iam/login-answer.ts';
import { type SignedCall, signCall } from '../iam/sign-call.ts';
import type { CachedLogin, TokenCipher } from './token-store.ts';

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

/** Identifies logins without revealing them. */
export interface Names {
  fingerprint(login: CachedLogin): string;
}

/** By its token, else by when it was made. */
export function namesUnder(cipher: Pick<TokenCipher, 'fingerprint'>): Names {
  return {
    fingerprint: ({ token, projectId, issuedAt }) =>
      cipher.fingerprint(token ?? `${projectId} ${issuedAt}`),
  };
}

const SAFETY_MS = 5 * 60_000;

/**
 * @param early 0 to 1: processes renew a little apart, at four fifths of a login's life
 */
export function holdLogin(
  cached: CachedLogin,
  by: {
    readonly names: Names;
    readonly credential: Credential;
    readonly early: number;
    readonly now: () => number;
  },
): Held {
  const { issuedAt, lifeMs, projectId, imsEndpoint, unread } = cached;
  const fingerprint = by.names.fingerprint(cached);
  const expiresAt = issuedAt + lifeMs;
  const authorize = authorization(cached, by.credential, by.now);
  return {
    session: omitUndefined({ authorize, fingerprint, projectId, imsEndpoint, expiresAt, unread }),
    issuedAt,
    refreshAt: issuedAt + lifeMs * (0.78 + 0.04 * by.early),
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
