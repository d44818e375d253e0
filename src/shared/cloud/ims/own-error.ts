import { type OwnError, readOwnError } from '../http/error-body.ts';
import type { HttpAnswer } from '../http/http-answer.ts';

/** Header by which OpenStack says whose token it wants. */
export const CHALLENGE_HEADER = 'www-authenticate';

/**
 * What the service itself says about a failure; `undefined` for the page of a firewall, a gateway or
 * a proxy, whatever its status.
 */
export function ownErrorOf(answer: HttpAnswer): OwnError | undefined {
  const said = readOwnError(answer.body, answer.status);
  if (said || answer.status !== 401) return said;
  const challenge = answer.headers?.[CHALLENGE_HEADER] ?? '';
  return /^keystone\b/i.test(challenge) ? { by: 'status' } : undefined;
}
