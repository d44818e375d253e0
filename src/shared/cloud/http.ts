import ky, { isTimeoutError } from 'ky';
import { Agent, buildConnector, fetch } from 'undici';
import type { Clock } from '../runtime/clock.ts';
import { type HttpAnswer, readAnswer } from './http-answer.ts';

/** One call. Nothing in it may be logged: headers hold the token, a login's body the password. */
export interface HttpRequest {
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** From the first byte to the last, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
  /** An answer that is longer is `unclear`. @default 1 MB */
  readonly maxBytes?: number;
  /**
   * Makes the call on a connection of its own and is asked when that stands, right before the first
   * byte leaves. When it says false nothing is sent.
   */
  readonly beforeSend?: () => boolean;
}

/** `not-sent`: no byte of the request left. `unclear`: it may have been acted on. */
export type HttpResult =
  | HttpAnswer
  | { readonly kind: 'not-sent' | 'unclear'; readonly code: string; readonly message: string };

export interface Http {
  /** Sends exactly once; never throws for what the network or the server does. */
  request(call: HttpRequest): Promise<HttpResult>;
  close(): Promise<void>;
}

export interface HttpOptions {
  readonly clock: Clock;
  /** Plain http off loopback (IMS_FERRY_ALLOW_HTTP=1). */
  readonly allowHttp: boolean;
}

const TIMEOUT_MS = 30_000;
const CONNECT_MS = 10_000;
const MAX_BYTES = 1_000_000;
const LIST_BYTES = 16_000_000;
const LOOPBACK = /^(localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * The only file that speaks HTTP to the cloud, and the only one that sees ky's errors: they carry
 * the request's body and the URL's query, so they are turned into our own words here.
 */
export function createHttp(options: HttpOptions): Http {
  const shared = new Agent({ connect: { timeout: CONNECT_MS }, maxResponseSize: LIST_BYTES });
  return {
    request: async (call) => {
      const refused = refusedUrl(call.url, options.allowHttp);
      if (refused) return refused;
      if (!call.beforeSend) return exchange(call, { agent: shared, isOpen: () => true }, options);
      const own = guardedAgent(call.beforeSend);
      try {
        return await exchange(call, own, options);
      } finally {
        await own.agent.destroy();
      }
    },
    close: () => shared.destroy(),
  };
}

interface Line {
  readonly agent: Agent;
  /** False while no connection stands: whatever fails then was not sent. */
  readonly isOpen: () => boolean;
}

/** A connection of its own for one create, with the deadline checked between handshake and send. */
function guardedAgent(beforeSend: () => boolean): Line {
  let open = false;
  const connect = buildConnector({ timeout: CONNECT_MS });
  const agent = new Agent({
    pipelining: 0,
    maxResponseSize: MAX_BYTES,
    connect: (target, done) => {
      connect(target, (error, socket) => {
        if (error) return done(error, null);
        if (open || !beforeSend()) {
          socket.destroy();
          return done(Object.assign(new Error('too late to send'), { code: 'TOO_LATE' }), null);
        }
        open = true;
        return done(null, socket);
      });
    },
  });
  return { agent, isOpen: () => open };
}

async function exchange(call: HttpRequest, line: Line, options: HttpOptions): Promise<HttpResult> {
  try {
    const response = await ky(call.url, {
      method: call.method,
      headers: { accept: 'application/json', ...call.headers },
      ...(call.json === undefined ? {} : { json: call.json }),
      fetch: (input: string | URL | Request) => send(input, line.agent),
      retry: 0,
      redirect: 'error',
      throwHttpErrors: false,
      timeout: false,
      signal: AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS),
    });
    const text = await response.text();
    if (text.length > (call.maxBytes ?? MAX_BYTES)) {
      return { kind: 'unclear', code: 'TOO_LARGE', message: 'the answer is too large' };
    }
    return readAnswer(response, text, options.clock.now());
  } catch (error) {
    return failure(error, line.isOpen(), call);
  }
}

/** ky makes a Request of Node's; undici's own fetch has to be given its parts. */
async function send(input: string | URL | Request, agent: Agent): Promise<Response> {
  const request = input instanceof Request ? input : new Request(input);
  const body = request.body === null ? null : await request.text();
  const response = await fetch(request.url, {
    method: request.method,
    headers: Object.fromEntries(request.headers),
    body,
    redirect: 'error',
    signal: request.signal,
    dispatcher: agent,
  });
  return new Response(isEmpty(response.status) ? null : await response.text(), {
    status: response.status,
    headers: Object.fromEntries(response.headers),
  });
}

function isEmpty(status: number): boolean {
  return status === 204 || status === 205 || status === 304;
}

function failure(error: unknown, wasOpen: boolean, call: HttpRequest): HttpResult {
  const timedOut = isTimeoutError(error) || nameOf(error) === 'TimeoutError';
  const code = timedOut ? 'TIMEOUT' : (codeOf(error) ?? 'NETWORK');
  const isRead = call.beforeSend === undefined;
  const never = isRead ? NEVER_SENT.has(code) : !wasOpen;
  const where = new URL(call.url).host;
  const message = `${PHRASES[code] ?? 'the connection failed'} (${where})`;
  return { kind: never ? 'not-sent' : 'unclear', code, message };
}

const NEVER_SENT = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']);

const PHRASES: Readonly<Record<string, string>> = {
  TIMEOUT: 'no complete answer in time',
  TOO_LATE: 'the deadline of this create was over before it could be sent',
  ECONNREFUSED: 'nothing listens there',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name could not be resolved',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  UND_ERR_SOCKET: 'the connection was closed before the answer came',
  UND_ERR_CONNECT_TIMEOUT: 'connecting took too long',
  UND_ERR_RES_EXCEEDED_MAX_SIZE: 'the answer is too large',
  CERT_HAS_EXPIRED: 'the TLS certificate has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'the TLS certificate is self-signed',
  SELF_SIGNED_CERT_IN_CHAIN: 'the TLS certificate chain holds a self-signed one',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'the TLS certificate cannot be verified',
  ERR_TLS_CERT_ALTNAME_INVALID: 'the TLS certificate is for another host name',
};

/** The first error code on the way down the chain of causes. */
function codeOf(error: unknown): string | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    if (at instanceof AggregateError && at.errors.length > 0) return codeOf(at.errors[0]);
    if (at.message === 'unexpected redirect') return 'REDIRECT';
    at = at.cause;
  }
  return undefined;
}

function nameOf(error: unknown): string | undefined {
  return error instanceof Error ? error.name : undefined;
}

function refusedUrl(url: string, allowHttp: boolean): HttpResult | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || allowHttp || LOOPBACK.test(hostname)) return undefined;
  const message = `plain http is refused off loopback (${hostname})`;
  return { kind: 'not-sent', code: 'PLAIN_HTTP', message };
}
