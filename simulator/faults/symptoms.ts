import type { Answer, Call } from '../server/context.ts';
import { gatewayError, throttled } from '../server/errors.ts';
import type { Symptom } from './faults.ts';

const HTML = '<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>';
const HTML_TYPE = { 'content-type': 'text/html' };

/** How a fault looks to the client. */
export function answerOf(symptom: Symptom, call: Call): Answer {
  switch (symptom) {
    case 'drop':
    case 'hang':
      return symptom;
    case 'http500':
      return { status: 500, text: HTML, headers: HTML_TYPE };
    case 'http502':
      return gatewayError(call, { status: 502, code: '0201', text: 'Backend unavailable' });
    case 'http504':
      return gatewayError(call, { status: 504, code: '0201', text: 'Backend timeout' });
    case 'html':
      return { status: 200, text: HTML, headers: HTML_TYPE };
    case 'empty':
      return { status: 200 };
    case 'garbage':
      return { status: 200, text: '{"job_id":"ff8080' };
    case 'noJobId':
      return { status: 200, json: {} };
    case 'throttle':
      return throttled(call);
    case 'redirect302':
      return { status: 302, headers: { location: call.world.options.redirectTo } };
    case 'redirect307':
      return { status: 307, headers: { location: call.world.options.redirectTo } };
  }
}
