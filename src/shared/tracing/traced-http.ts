import type { Http, HttpRequest } from '../cloud/http/http.ts';
import { describeCall } from '../metrics/describe-call.ts';
import type { Traces } from './traces.ts';

/** The same, and every call is a span. No header of the call is changed by it. */
export function tracedHttp(http: Http, traces: Traces): Http {
  const nameOf = (call: HttpRequest): string => {
    const { service, operation } = describeCall(call, NOT_YET);
    return `${service} ${operation}`;
  };
  return {
    request: (call) =>
      traces.call(
        nameOf(call),
        () => http.request(call),
        (result) => {
          const { outcome, code } = describeCall(call, result);
          const attributes = { 'imsferry.outcome': outcome, 'imsferry.code': code };
          return { attributes, isError: outcome !== 'ok' };
        },
      ),
    close: () => http.close(),
  };
}

const NOT_YET = { kind: 'not-sent', code: '', message: '' } as const;
