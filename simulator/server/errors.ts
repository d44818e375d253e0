import type { Call, Reply } from './context.ts';

/** The shape of IMS's own errors. */
export function imsError(code: string, message: string, status = 400): Reply {
  return { status, json: { error: { message, code } } };
}

interface GatewayError {
  readonly status: number;
  readonly code: string;
  readonly text: string;
}

/** The shape of the gateway's errors. */
export function gatewayError({ world, requestId }: Call, error: GatewayError): Reply {
  return {
    status: error.status,
    json: {
      error_msg: error.text,
      error_code: `${world.options.gatewayPrefix}.${error.code}`,
      request_id: requestId,
    },
  };
}

export function throttled(call: Call): Reply {
  const { stats, options } = call.world;
  stats.throttled += 1;
  const limit = options.rateLimitPerSecond || 5;
  const text = `The throttling threshold has been reached: policy ip over ratelimit,limit:${limit},time:1 second`;
  const reply = gatewayError(call, { status: 429, code: '0308', text });
  if (options.retryAfter === 0) return reply;
  return { ...reply, headers: { 'retry-after': String(options.retryAfter) } };
}

export function badPath(call: Call): Reply {
  return gatewayError(call, { status: 400, code: '0201', text: 'Bad request' });
}

export function noSuchApi(call: Call): Reply {
  const text = 'The API does not exist or has not been published in the environment';
  return gatewayError(call, { status: 404, code: '0101', text });
}

/** An error of OBS, by its code. */
export interface ObsRefusal {
  readonly status: number;
  readonly code: string;
  readonly message: string;
}

/** An error page of OBS; a HEAD has no body. */
export function obsError(call: Call, { status, code, message }: ObsRefusal): Reply {
  const text = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>${message}</Message><RequestId>${call.requestId}</RequestId></Error>`;
  const location = status === 301 ? { location: call.world.options.redirectTo } : {};
  const headers = {
    'x-obs-request-id': call.requestId,
    'content-type': 'application/xml',
    ...location,
  };
  return call.request.method === 'HEAD' ? { status, headers } : { status, headers, text };
}

/** Glance answers in plain text. */
export function glanceError(status: number, text: string): Reply {
  return { status, text, headers: { 'content-type': 'text/plain; charset=UTF-8' } };
}

export function noImage(id: string): Reply {
  return glanceError(404, `No image found with ID ${id}`);
}
