import { verdictOf } from '../../dialect/error-catalogue.ts';
import { NEEDED, type Needed, rightAdvice } from '../../dialect/rights.ts';

/** Of a call that the gateway does not know here: no right is missing. */
export function isNoCall(code: string): boolean {
  const verdict = verdictOf(code);
  return verdict?.kind === 'stop' && verdict.reasonOfStop === 'endpoint';
}

/** What to do about a call that is refused with this code. */
export function refusalAdvice(needed: Needed, code: string): string {
  if (!isNoCall(code)) return rightAdvice(needed);
  const where = 'check IMS_ENDPOINT and OS_REGION_NAME';
  const job = needed.what === NEEDED.job.what ? ', or set IMS_FERRY_JOB_API' : '';
  return `The gateway does not know this call: ${where}${job}.`;
}
