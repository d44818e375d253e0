import type { Http } from '../../shared/cloud/http/http.ts';
import type { HttpRequest } from '../../shared/cloud/http/http-request.ts';
import { toFailure } from '../../shared/cloud/ims/ims-call.ts';
import type { RateLimit } from '../../shared/ledger/rate-limit.ts';
import type { Clock } from '../../shared/runtime/clock.ts';

interface Beside {
  /** Has the rate of the workers, which is kept while the cloud throttles. */
  readonly project: { readonly rateLimit: Pick<RateLimit, 'next'> };
  readonly clock: Pick<Clock, 'sleep'>;
  /** Ends every wait. */
  readonly stop: AbortSignal;
}

/** What is deleted was read just before: such a call has little time. */
const LONGEST_MS = 2000;
const TRIES = 5;
const PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/**
 * The same client for a command that runs beside workers: each call but a login takes a turn in their rate, and a
 * read that is throttled nevertheless is repeated. A change is its caller's to repeat.
 */
export function inTurn(http: Http, { project, clock, stop }: Beside): Http {
  const waitForTurn = async ({ beforeSend }: HttpRequest): Promise<void> => {
    const turnMs = await project.rateLimit.next().catch(() => 0);
    const waitMs = beforeSend ? Math.min(LONGEST_MS, turnMs) : turnMs;
    if (waitMs > 0) await clock.sleep(waitMs, stop);
  };
  return {
    request: async (call) => {
      // A login is awaited by others, and never repeated.
      if (call.service === 'iam') return http.request(call);
      for (let tries = 1; ; tries += 1) {
        await waitForTurn(call);
        const result = await http.request(call);
        const isLast = call.method !== 'GET' || tries === TRIES || stop.aborted;
        if (isLast || result.kind !== 'answer' || result.status < 400) return result;
        const { throttled, retryAfterMs = PAUSE_MS * 2 ** (tries - 1) } = toFailure(result);
        if (!throttled) return result;
        await clock.sleep(Math.min(LONGEST_PAUSE_MS, retryAfterMs), stop);
      }
    },
    close: () => http.close(),
  };
}
