import type { Http, HttpResult } from '../cloud/http/http.ts';
import type { HttpRequest } from '../cloud/http/http-request.ts';
import { ownErrorOf, readErrorBody } from '../cloud/http/service-error.ts';
import { isGlanceText } from '../cloud/ims/glance-text.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Traces } from '../tracing/traces.ts';
import type { CloudCall, Metrics } from './metrics.ts';

/** The same client, but every call is counted and becomes a span. It changes nothing of the call. */
export function observedHttp(
  http: Http,
  deps: {
    readonly metrics: Metrics;
    readonly traces: Traces;
    readonly clock: Pick<Clock, 'monotonic'>;
  },
): Http {
  const { metrics, traces, clock } = deps;
  const measured = async (call: HttpRequest) => {
    const { service, operation } = call;
    const begun = clock.monotonic();
    const result = await http.request(call);
    const seconds = (clock.monotonic() - begun) / 1000;
    const ending = endingOf(service, result);
    metrics.called({ service, operation, ...ending, seconds });
    return { result, ...ending };
  };
  return {
    request: async (call) => {
      const name = `${call.service} ${call.operation}`;
      const { result } = await traces.call(name, () => measured(call), attributesOf);
      return result;
    },
    close: () => http.close(),
  };
}

type Ending = Pick<CloudCall, 'outcome' | 'code'>;

function attributesOf({ outcome, code }: Ending) {
  const attributes = { 'imsferry.outcome': outcome, 'imsferry.code': code };
  return { attributes, isError: outcome !== 'ok' };
}

function endingOf(service: CloudCall['service'], result: HttpResult): Ending {
  if (result.kind !== 'answer') return { outcome: result.kind, code: result.code };
  const { status, body, text } = result;
  // Their errors have other shapes than those of IAM and IMS.
  const isOther = service === 'obs' || service === 'ecs';
  const hasOwnBody = typeof body === 'object' && body !== null;
  if (status < 400) {
    const isOwn = isOther || hasOwnBody;
    return { outcome: isOwn ? 'ok' : 'foreign', code: String(status) };
  }
  const isOwn = isOther || ownErrorOf(result) !== undefined || isGlanceText(text);
  const code = (isOwn ? readErrorBody(body).code : undefined) ?? String(status);
  if (status === 429 || /^APIGW?\.0308$/.test(code)) return { outcome: 'throttled', code };
  if (!isOwn) return { outcome: 'foreign', code };
  return { outcome: status >= 500 ? 'error' : 'refused', code };
}
