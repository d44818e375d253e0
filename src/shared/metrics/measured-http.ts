import type { Http } from '../cloud/http/http.ts';
import type { Clock } from '../runtime/clock.ts';
import { describeCall } from './describe-call.ts';
import type { Metrics } from './metrics.ts';

/** The same, and every call is counted. */
export function measuredHttp(http: Http, metrics: Metrics, clock: Pick<Clock, 'monotonic'>): Http {
  return {
    request: async (call) => {
      const begun = clock.monotonic();
      const result = await http.request(call);
      const seconds = (clock.monotonic() - begun) / 1000;
      metrics.called({ ...describeCall(call, result), seconds });
      return result;
    },
    close: () => http.close(),
  };
}
