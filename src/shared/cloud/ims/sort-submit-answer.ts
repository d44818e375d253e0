import { isGatewayCode, verdictOf } from '../../dialect/error-catalogue.ts';
import type { Verdict } from '../../dialect/verdict.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import type { HttpAnswer } from '../http/answer.ts';
import { NOT_BUILT, networkAdvice } from '../http/failure.ts';
import type { HttpResult } from '../http/http.ts';
import { explain, type OwnError, ownErrorOf, readErrorBody } from '../http/service-error.ts';
import { isCloudId } from '../http/url-part.ts';
import type { SubmitAnswer } from './ims-answers.ts';

const FOREIGN = { foreign: true };
const UNCLEAR_ADVICE = 'IMS may have created the image; it is looked up.';

/**
 * Sorts the answer to a create by what it proves: by the error code of IMS or its gateway, in their own
 * shapes. Whatever is not proven is unclear, above all the page of something in between.
 */
export function sortSubmitAnswer(result: HttpResult): SubmitAnswer {
  if (result.kind === 'answer') {
    return result.status >= 200 && result.status < 300 ? sortSuccess(result) : sortFailure(result);
  }
  const { kind, code, message } = result;
  if (kind === 'unclear') {
    return { kind, code, message, advice: UNCLEAR_ADVICE, ...(code === 'REDIRECT' && FOREIGN) };
  }
  if (!NOT_BUILT.has(code)) return { kind, cause: 'network', code, message };
  const advice = `${networkAdvice(code)} Then run: ims-ferry resume`;
  return { kind: 'stop', reason: 'endpoint', code, message, advice };
}

function sortSuccess(answer: HttpAnswer): SubmitAnswer {
  const jobId = jobIdOf(answer.body);
  const request = omitUndefined({ requestId: answer.requestId });
  if (jobId !== undefined) return { kind: 'accepted', jobId, ...request };
  // Even with an error code: a success and an error at once prove nothing.
  const { code = 'NO_JOB_ID', message: words } = readErrorBody(answer.body);
  const message = `IMS answered ${answer.status} without a job id: ${words ?? (answer.text || 'empty')}`;
  return {
    kind: 'unclear',
    code,
    message,
    advice: UNCLEAR_ADVICE,
    ...request,
    ...(!ownErrorOf(answer) && FOREIGN),
  };
}

function jobIdOf(body: unknown): string | undefined {
  if (body === null || typeof body !== 'object' || !('job_id' in body)) return undefined;
  const { job_id: jobId } = body;
  return typeof jobId === 'string' && isCloudId(jobId) ? jobId : undefined;
}

function sortFailure(answer: HttpAnswer): SubmitAnswer {
  const explained = explain(answer);
  const own = ownErrorOf(answer);
  const retry = omitUndefined({ retryAfterMs: answer.retryAfterMs });
  const unclear = { ...explained, kind: 'unclear', advice: UNCLEAR_ADVICE } as const;
  if (!own) return { ...unclear, ...FOREIGN, ...retry };
  if (!isRefusal(answer.status)) return unclear;
  const verdict = verdictOn(own, answer.status);
  const { advice } = verdict;
  switch (verdict.kind) {
    case 'refused': {
      const field = verdict.field === undefined ? '' : ` (field ${verdict.field})`;
      const nameExists = explained.code === 'IMG.0009';
      return { ...explained, kind: 'refused', nameExists, advice: `${advice}${field}` };
    }
    case 'not-sent':
      return { ...explained, kind: 'not-sent', cause: verdict.cause, advice, ...retry };
    case 'stop':
      return { ...explained, kind: 'stop', reason: verdict.reasonOfStop, advice };
    case 'unclear':
      return { ...explained, kind: 'unclear', advice, ...(own.by === 'code' && { isCoded: true }) };
  }
}

/** Only these refuse: a 3xx, a 407, a 408 and a 5xx prove nothing, whatever code they carry. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 407 && status !== 408;
}

const UNCLEAR: Verdict = {
  kind: 'unclear',
  reason: 'Neither cloud documents this code.',
  advice: UNCLEAR_ADVICE,
};

/** A code of IMS decides alone; the status counts only without one, or if the gateway answers. */
function verdictOn({ code = '', by }: OwnError, status: number): Verdict {
  const known = verdictOf(code);
  if (known !== undefined) return known;
  return by === 'code' && !isGatewayCode(code) ? UNCLEAR : verdictByStatus(status, code);
}

function verdictByStatus(status: number, code: string): Verdict {
  if (status === 401) return verdictOf('APIGW.0307') ?? UNCLEAR;
  if (status === 429) return verdictOf('APIGW.0308') ?? UNCLEAR;
  // The gateway decides this alone: nothing reached IMS.
  return status === 403 && isGatewayCode(code) ? (verdictOf('APIGW.0302') ?? UNCLEAR) : UNCLEAR;
}
