import { readErrorBody } from '../http/error-body.ts';
import type { HttpResult } from '../http/http.ts';
import type { HttpAnswer } from '../http/http-answer.ts';
import { type Verdict, verdictOf } from './error-catalogue.ts';
import { type Explained, isCloudId, type SubmitAnswer } from './ims-answers.ts';

const UNCLEAR_ADVICE = 'IMS may have created the image; it is looked up.';

/**
 * Sorts the answer to a create by what it proves: by its error code first, by its status only where
 * there is none. Whatever is not proven is unclear.
 */
export function sortSubmitAnswer(result: HttpResult): SubmitAnswer {
  switch (result.kind) {
    case 'not-sent': {
      const { code, message } = result;
      if (code === 'PLAIN_HTTP') {
        const advice = 'Use https, or set IMS_FERRY_ALLOW_HTTP=1; then run: ims-ferry resume';
        return { kind: 'stop', reason: 'endpoint', code, message, advice };
      }
      return { kind: 'not-sent', cause: 'network', code, message };
    }
    case 'unclear':
      return {
        kind: 'unclear',
        code: result.code,
        message: result.message,
        advice: UNCLEAR_ADVICE,
      };
    case 'answer':
      return result.status >= 200 && result.status < 300
        ? sortSuccess(result)
        : sortFailure(result);
  }
}

function sortSuccess(answer: HttpAnswer): SubmitAnswer {
  const jobId = jobIdOf(answer.body);
  const request = answer.requestId === undefined ? {} : { requestId: answer.requestId };
  if (jobId !== undefined) return { kind: 'accepted', jobId, ...request };
  // Also with an error's code: "yes" and "no" at once prove nothing.
  const { code = 'NO_JOB_ID', message: words } = readErrorBody(answer.body);
  const message = `IMS answered ${answer.status} without a job id: ${words ?? (answer.text || 'empty')}`;
  return { kind: 'unclear', code, message, advice: UNCLEAR_ADVICE, ...request };
}

function jobIdOf(body: unknown): string | undefined {
  if (body === null || typeof body !== 'object' || !('job_id' in body)) return undefined;
  const { job_id: jobId } = body;
  return typeof jobId === 'string' && isCloudId(jobId) ? jobId : undefined;
}

function sortFailure(answer: HttpAnswer): SubmitAnswer {
  const explained = explain(answer);
  const known = isRefusal(answer.status) ? verdictOf(explained.code) : undefined;
  const verdict = known ?? verdictByStatus(answer.status, explained.code);
  const advice = verdict.advice;
  switch (verdict.kind) {
    case 'refused': {
      const field = verdict.field === undefined ? '' : ` (field ${verdict.field})`;
      const nameExists = explained.code === 'IMG.0009';
      return { ...explained, kind: 'refused', nameExists, advice: `${advice}${field}` };
    }
    case 'not-sent': {
      const { retryAfterMs } = answer;
      const retry = retryAfterMs === undefined ? {} : { retryAfterMs };
      return { ...explained, kind: 'not-sent', cause: verdict.cause, advice, ...retry };
    }
    case 'stop':
      return { ...explained, kind: 'stop', reason: verdict.reason, advice };
    case 'unclear':
      return { ...explained, kind: 'unclear', advice };
  }
}

/** Only these say "no": a 3xx, a 408 and a 5xx prove nothing, whatever code they carry. */
function isRefusal(status: number): boolean {
  return status >= 400 && status < 500 && status !== 408;
}

/** For answers without a code that is known. */
function verdictByStatus(status: number, code: string): Verdict {
  const hasImsCode = code.startsWith('IMG.');
  if (status === 401) return { kind: 'not-sent', cause: 'token', advice: 'A new login is made.' };
  if (status === 429) return { kind: 'not-sent', cause: 'throttled', advice: 'Sent again later.' };
  if (status === 403) {
    const advice = 'Ask for the permissions IMS and OBS need, then run: ims-ferry resume';
    return { kind: 'stop', reason: 'permission', advice };
  }
  const isNoApi = status === 404 || status === 405 || status === 413 || status === 415;
  if (isNoApi && !hasImsCode) {
    const advice = 'Check IMS_ENDPOINT and the region, then run: ims-ferry resume';
    return { kind: 'stop', reason: 'endpoint', advice };
  }
  return { kind: 'unclear', advice: UNCLEAR_ADVICE };
}

/** The service's own words, or the status and a piece of the text. */
export function explain(answer: HttpAnswer): Explained {
  const error = readErrorBody(answer.body);
  const requestId = error.requestId ?? answer.requestId;
  return {
    code: error.code ?? `HTTP_${answer.status}`,
    message: error.message ?? `HTTP ${answer.status} ${answer.text}`.trim(),
    ...(requestId === undefined ? {} : { requestId }),
  };
}
