import type { Clock } from '../../runtime/clock.ts';
import type { ObsClient } from './obs-client.ts';
import type { ObsProblem } from './obs-problem.ts';

type Failed = Extract<ObsProblem, { readonly kind: 'failed' }>;

/** What OBS answers while it has too much to do, and what a short break of the network looks like. */
const PASSING =
  /^(SlowDown|ServiceUnavailable|InternalError|HTTP (429|5\d\d)|ECONNRESET|UND_ERR_SOCKET)$/;
const RETRIES = 3;
const FIRST_PAUSE_MS = 300;
/** Failures in a row without one that succeeds: the endpoint or the keys are wrong, not the objects. */
const HOPELESS = 8;

/**
 * Checks of thousands of objects: repeats what fails in passing, and asks no more once nothing but failures
 * comes back, so that a wrong endpoint costs seconds instead of an hour of timeouts.
 */
export function patientObs(obs: ObsClient, clock: Pick<Clock, 'sleep'>): ObsClient {
  let failures = 0;
  let last: Failed | undefined;
  const call = async <T extends { readonly kind: string }>(
    ask: () => Promise<T | Failed>,
  ): Promise<T | Failed> => {
    for (let attempt = 0; ; attempt += 1) {
      if (last && failures >= HOPELESS) return last;
      const answer = await ask();
      if (!isFailed(answer)) {
        failures = 0;
        return answer;
      }
      if (attempt < RETRIES && PASSING.test(answer.code)) {
        await clock.sleep(FIRST_PAUSE_MS * 2 ** attempt);
        continue;
      }
      failures += 1;
      last = answer;
      return answer;
    }
  };
  return {
    head: (bucket, key) => call(() => obs.head(bucket, key)),
    list: (bucket, prefix, after) => call(() => obs.list(bucket, prefix, after)),
    read: (bucket, key, part) => call(() => obs.read(bucket, key, part)),
    buckets: () => call(() => obs.buckets()),
  };
}

function isFailed(answer: { readonly kind: string }): answer is Failed {
  return answer.kind === 'failed';
}
