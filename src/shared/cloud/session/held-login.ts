import type { Credential } from '../../config/cloud/cloud-config.ts';
import type { Session } from '../ims/ims-answers.ts';
import { authorization } from './authorization.ts';
import type { TokenCipher } from './token-cipher.ts';
import { type CachedLogin, fingerprintOf } from './token-store.ts';

/** A login that this process has at hand. Times by the fleet's clock. */
export interface Held {
  readonly session: Session;
  readonly issuedAt: number;
  /** From then on a new login is made in the background. */
  readonly refreshAt: number;
  /** From then on it is not handed out any more. */
  readonly usableUntil: number;
}

/** Names logins without telling them. */
export interface Names {
  fingerprint(login: CachedLogin): string;
}

export function namesUnder(cipher: TokenCipher): Names {
  return { fingerprint: (login) => fingerprintOf(login, cipher) };
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
    session: {
      authorize,
      fingerprint,
      projectId,
      imsEndpoint,
      expiresAt,
      ...(unread === undefined ? {} : { unread }),
    },
    issuedAt,
    refreshAt: issuedAt + lifeMs * (0.78 + 0.04 * by.early),
    usableUntil: expiresAt - Math.min(SAFETY_MS, lifeMs / 10),
  };
}
