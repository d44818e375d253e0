import { verdictOf } from '../../shared/cloud/ims/error-catalogue.ts';
import type { Explained, Quota, ReadAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import { NEEDED, refusalAdvice, rightAdvice } from '../../shared/cloud/ims/rights.ts';
import type { Credential } from '../../shared/config/cloud/cloud-config.ts';
import { isRefusedForGood } from '../../shared/look-up/refused-for-good.ts';
import { type Finding, failed, ok, warning } from './finding.ts';

const MINUTE_MS = 60_000;
/** Huawei, OBS: a signature is good for 15 minutes. */
const SIGNATURE_MS = 15 * MINUTE_MS;

/** What a difference between our clock and the cloud's means. */
export function judgeClock(aheadMs: number, signs: boolean): Finding {
  const off = Math.abs(aheadMs);
  const side = aheadMs > 0 ? 'ahead of' : 'behind';
  const said = `this machine is ${describeMs(off)} ${side} the cloud`;
  const advice = 'Set the clock of this machine (NTP).';
  if (off < MINUTE_MS) return ok('clock', off < 2000 ? 'as the cloud' : said);
  if (off >= SIGNATURE_MS && signs) {
    return failed('clock', `${said}: signatures with AK/SK are refused from 15 minutes on`, advice);
  }
  return warning('clock', said, advice);
}

function describeMs(ms: number): string {
  const minutes = Math.round(ms / MINUTE_MS);
  return minutes < 2 ? `${Math.round(ms / 1000)} s` : `${minutes} min`;
}

const ALMOST = 0.9;

export function judgeQuota(answer: ReadAnswer<Quota>): Finding {
  if (answer.kind !== 'ok') {
    const refused = isRefusedForGood(answer.code);
    const advice = refused ? { advice: refusalAdvice(NEEDED.quota, answer.code) } : {};
    return { ...warning('quota', `cannot be read: ${wordsOf(answer)}`), ...advice };
  }
  const { used, quota } = answer.value;
  if (quota === Number.POSITIVE_INFINITY) return ok('quota', `${used} images, without a limit`);
  const said = `${used} of ${quota} images are used`;
  const advice = 'Delete images, or ask for a larger quota.';
  if (used >= quota) return failed('quota', said, advice);
  return used >= quota * ALMOST ? warning('quota', said, advice) : ok('quota', said);
}

/** What IMS says to a list of images. */
export function judgeList(answer: ReadAnswer<unknown>, endpoint: string): Finding {
  if (answer.kind === 'ok') return ok('IMS', `${endpoint} lists images`);
  const said = `${endpoint}: ${wordsOf(answer)}`;
  if (answer.kind === 'not-found') return failed('IMS', said, NO_IMS);
  return failed('IMS', said, adviceFor(answer));
}

/** IMS or its gateway says that a right is missing. */
export function lacksRight(code: string): boolean {
  const verdict = verdictOf(code);
  return verdict?.kind === 'stop' && verdict.reasonOfStop === 'permission';
}

const NO_IMS = 'There is no IMS: check IMS_ENDPOINT and OS_REGION_NAME.';

function adviceFor(answer: Explained & { readonly throttled: boolean }): string {
  if (answer.throttled) return 'The account is throttled now: wait a minute, and run it again.';
  const verdict = verdictOf(answer.code);
  if (lacksRight(answer.code)) {
    return `${rightAdvice(NEEDED.list)} With rights in an enterprise project only: set IMS_FERRY_ENTERPRISE_PROJECT_ID.`;
  }
  if (verdict?.kind === 'not-sent' && verdict.cause === 'token') {
    return 'IMS takes no token of this IAM: check that IMS_ENDPOINT and OS_AUTH_URL are of one region.';
  }
  return verdict?.advice ?? answer.advice ?? NO_IMS;
}

function wordsOf({ code, message }: Pick<Explained, 'code' | 'message'>): string {
  return message.includes(code) ? message : `${code}: ${message}`;
}

export function signs({ method }: Credential): boolean {
  return method === 'keys';
}
