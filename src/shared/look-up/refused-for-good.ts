import { verdictOf } from '../cloud/ims/error-catalogue.ts';

/**
 * True for an answer that asking again does not change: the service itself says that a right is
 * missing. A page of a firewall carries no code of the service, and is only trouble.
 */
export function isRefusedForGood(code: string): boolean {
  const verdict = verdictOf(code);
  return verdict?.kind === 'stop' && verdict.reason === 'permission';
}
