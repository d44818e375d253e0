import type { LookupFunction } from 'node:net';
import { Agent, type Dispatcher, request } from 'undici';
import type { NetworkConfig } from '../../config/network-config.ts';
import { isLoopback } from '../../config/values.ts';
import type { Clock } from '../../runtime/clock.ts';
import { createConnector } from './connector.ts';
import { type HttpAnswer, readAnswer } from './http-answer.ts';
import { readBody } from './http-body.ts';
import { readFailure } from './http-failure.ts';
import { guardedLine, type Line } from './http-guarded.ts';
import { type NotBuilt, unbuildable } from './unbuildable.ts';
import { withoutSecrets } from './without-secrets.ts';

/** One call. Nothing in it may be logged: headers hold the token, a login's body the password. */
export interface HttpRequest {
  readonly method: 'GET' | 'HEAD' | 'POST';
  readonly url: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  /** From the first byte to the last, in milliseconds. @default 30000 */
  readonly timeoutMs?: number;
  /** An answer that is longer is `unclear`. @default 1 MB */
  readonly maxBytes?: number;
  /** Names of response headers that the answer shall hand over, in lower case. */
  readonly keep?: readonly string[];
  /** The answer's text is wanted as it came: XML of OBS. */
  readonly raw?: boolean;
  /**
   * Makes the call on a connection of its own and is asked when that stands, and again in the moment of
   * the first byte. When it says false nothing is sent.
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
  readonly network?: NetworkConfig;
  /** How long a connection may take, in milliseconds. @default 10000 */
  readonly connectMs?: number;
  /** @default the system's */
  readonly lookup?: LookupFunction;
}

const TIMEOUT_MS = 30_000;
const CONNECT_MS = 10_000;
const MAX_BYTES = 1_000_000;
const LIST_BYTES = 16_000_000;
/** Tokens of accounts with many rights have 16 KB and more; Node's own limit is 16 KB for all headers. */
const HEADER_BYTES = 65_536;

/**
 * The only file that speaks HTTP to the cloud, and the only one that sees what undici throws: it is
 * turned into our own words here, without path and query.
 */
export function createHttp(options: HttpOptions): Http {
  const connect = createConnector({
    network: options.network ?? {},
    connectMs: options.connectMs ?? CONNECT_MS,
    ...(options.lookup === undefined ? {} : { lookup: options.lookup }),
  });
  const lines = {
    allowH2: false,
    connect,
    maxResponseSize: LIST_BYTES,
    maxHeaderSize: HEADER_BYTES,
  };
  const shared = new Agent(lines);
  return {
    request: async (call) => {
      const refused = unbuildable(call) ?? refusedUrl(call.url, options.allowHttp);
      if (refused) return { kind: 'not-sent', ...refused };
      if (call.beforeSend) {
        const guard = {
          connect,
          maxBytes: MAX_BYTES,
          maxHeaderBytes: HEADER_BYTES,
          maySend: call.beforeSend,
        };
        return onOwnLine(call, guardedLine(guard), options);
      }
      const result = await exchange(call, plainLine(shared), options);
      if (!isStale(result, call)) return result;
      return onOwnLine(call, plainLine(new Agent(lines)), options);
    },
    close: () => shared.destroy(),
  };
}

function plainLine(agent: Dispatcher): Line {
  return { agent, hasSent: () => true };
}

async function onOwnLine(call: HttpRequest, own: Line, options: HttpOptions): Promise<HttpResult> {
  try {
    return await exchange(call, own, options);
  } finally {
    await own.agent.destroy();
  }
}

const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * A gateway cuts connections that were kept alive whenever it likes. What only reads is asked for once
 * more, over a new one; a login and a create never are.
 */
function isStale(result: HttpResult, { method }: HttpRequest): boolean {
  return result.kind === 'unclear' && method !== 'POST' && CUT.has(result.code);
}

async function exchange(call: HttpRequest, line: Line, options: HttpOptions): Promise<HttpResult> {
  try {
    const answer = await send(call, line.agent);
    const text = withoutSecrets(answer.text, call);
    return readAnswer(answer, text, { now: options.clock.now(), ...call });
  } catch (error) {
    const { code, message, atConnect } = readFailure(error, new URL(call.url).host);
    const never = call.beforeSend === undefined ? atConnect : !line.hasSent();
    return { kind: never ? 'not-sent' : 'unclear', code, message };
  }
}

async function send(call: HttpRequest, dispatcher: Dispatcher) {
  const { method, url, json } = call;
  const { statusCode, headers, body } = await request(url, {
    method,
    dispatcher,
    headers: {
      accept: 'application/json',
      ...(json === undefined ? {} : { 'content-type': 'application/json' }),
      ...call.headers,
      // No compression: a short answer could unpack to gigabytes.
      'accept-encoding': 'identity',
    },
    body: json === undefined ? null : JSON.stringify(json),
    signal: AbortSignal.timeout(call.timeoutMs ?? TIMEOUT_MS),
  });
  const code = refusalOf(statusCode);
  if (code !== undefined) {
    body.on('error', () => undefined).destroy();
    throw Object.assign(new Error('no answer to read'), { code });
  }
  const text = await readBody(body, headers['content-encoding'], call.maxBytes ?? MAX_BYTES);
  return { status: statusCode, headers, text };
}

const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A redirect would take the token to another host. */
function refusalOf(status: number): string | undefined {
  if (REDIRECTS.has(status)) return 'REDIRECT';
  return status < 200 || status > 599 ? 'NO_STATUS' : undefined;
}

function refusedUrl(url: string, allowHttp: boolean): NotBuilt | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || allowHttp || isLoopback(hostname)) return undefined;
  const message = `plain http is refused off loopback (${hostname})`;
  return { code: 'PLAIN_HTTP', message };
}
