import type { ReadAnswer } from '../cloud/ims/ims-answers.ts';
import { verdictOf } from '../dialect/error-catalogue.ts';

/**
 * True for an answer that asking again does not change: the service itself says that a right or the call
 * is missing. A page of a firewall carries no code of the service, and is only trouble.
 */
export function isRefusedForGood(code: string): boolean {
  const verdict = verdictOf(code);
  return (
    verdict?.kind === 'stop' &&
    (verdict.reasonOfStop === 'permission' || verdict.reasonOfStop === 'endpoint')
  );
}

/**
 * The same, or any other documented refusal: what this call is answered tells nothing about what it asks
 * for. IMS answers the Glance call so that it does not offer any more.
 */
export function isCallRefused(answer: ReadAnswer<unknown>): boolean {
  if (answer.kind !== 'failed' || answer.throttled || answer.foreign) return false;
  return isRefusedForGood(answer.code) || verdictOf(answer.code)?.kind === 'refused';
}
