import type { LookupFunction } from 'node:net';
import ky, { type Options } from 'ky';
import { Agent, type Dispatcher, request as sendOver } from 'undici';
import type { NetworkConfig } from '../../config/cloud/cloud-config.ts';
import { isLoopback } from '../../config/values.ts';
import type { Clock } from '../../runtime/clock.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import { type HttpAnswer, readAnswer, readBody, withoutSecrets } from './answer.ts';
import { createConnector, guardedLine, type Line } from './connection.ts';
import { type NotBuilt, notBuilt, readFailure, unbuildable } from './failure.ts';
import type { HttpRequest } from './http-request.ts';

/** `not-sent`: the request did not leave whole. `unclear`: it may have been acted on. */
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
 * The only file that calls the cloud: ky makes the request, undici sends it over our connections. What
 * either of them throws stays here and becomes a result in our own words, without path and query.
 */
export function createHttp(options: HttpOptions): Http {
  const { network = {}, connectMs = CONNECT_MS, lookup, allowHttp } = options;
  const connect = createConnector(omitUndefined({ network, connectMs, lookup }));
  const limits = { maxHeaderSize: HEADER_BYTES, maxResponseSize: LIST_BYTES };
  const openLine = (isKept: boolean): Line => {
    const agent = new Agent({ allowH2: false, connect, ...limits });
    return { agent, hasSent: () => true, isKept, body: (text) => text };
  };
  const shared = openLine(true);
  return {
    request: async (call) => {
      const refused = unbuildable(call) ?? refusedUrl(call.url, allowHttp);
      if (refused) return { kind: 'not-sent', ...refused };
      if (call.beforeSend) {
        const guard = { connect, maxBytes: MAX_BYTES, maxHeaderBytes: HEADER_BYTES };
        return exchange(call, guardedLine({ ...guard, maySend: call.beforeSend }), options);
      }
      const result = await exchange(call, shared, options);
      return isStale(result, call) ? exchange(call, openLine(false), options) : result;
    },
    close: () => shared.agent.destroy(),
  };
}

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD']);
const CUT = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/**
 * A gateway cuts idle connections whenever it likes. A read is sent once more, over a new one; a login,
 * a create and a change never are.
 */
function isStale(result: HttpResult, { method }: HttpRequest): boolean {
  return result.kind === 'unclear' && READS.has(method) && CUT.has(result.code);
}

/** ky sends once, waits as long as we let it, follows nothing, and throws for no status. */
const ONCE = { retry: 0, timeout: false, throwHttpErrors: false, redirect: 'manual' } as const;

async function exchange(call: HttpRequest, line: Line, options: HttpOptions): Promise<HttpResult> {
  const { method, url, json } = call;
  const headers = { accept: 'application/json', ...call.headers };
  let isBuilt = false;
  const fetch: Options['fetch'] = (request) => {
    isBuilt = true;
    return send(new Request(request), call, line);
  };
  try {
    const response = await ky(url, { ...ONCE, ...omitUndefined({ method, headers, json, fetch }) });
    const bytes =
      call.bytes && response.ok ? new Uint8Array(await response.arrayBuffer()) : undefined;
    const text = bytes ? '' : withoutSecrets(await response.text(), call);
    const answer = readAnswer(response, text, { now: options.clock.now(), ...call });
    return bytes ? { ...answer, bytes } : answer;
  } catch (error) {
    if (!isBuilt) return { kind: 'not-sent', ...notBuilt('BAD_REQUEST') };
    const { code, message, atConnect } = readFailure(error, new URL(url).host);
    const never = call.beforeSend === undefined ? atConnect : !line.hasSent();
    return { kind: never ? 'not-sent' : 'unclear', code, message };
  } finally {
    if (!line.isKept) await line.agent.destroy();
  }
}

/** ky's `fetch`: the request over our dispatcher, within our limits. */
async function send(request: Request, call: HttpRequest, line: Line): Promise<Response> {
  const { timeoutMs = TIMEOUT_MS, maxBytes = MAX_BYTES, json } = call;
  const text = json === undefined ? '' : await request.text();
  const { statusCode, headers, body } = await sendOver(request.url, {
    method: request.method as Dispatcher.HttpMethod,
    dispatcher: line.agent,
    headers: {
      ...Object.fromEntries(request.headers),
      // No compression: a short answer could unpack to gigabytes.
      'accept-encoding': 'identity',
      ...(text === '' ? {} : { 'content-length': String(Buffer.byteLength(text)) }),
    },
    body: text === '' ? null : line.body(text),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const code = refusalOf(statusCode, call);
  if (code !== undefined) {
    body.on('error', () => undefined).destroy();
    throw Object.assign(new Error('no answer to read'), { code });
  }
  // Of an object it says how its owner stored it: a part of that cannot be unpacked.
  const encoding = call.bytes ? undefined : headers['content-encoding'];
  const bytes = await readBody(body, encoding, maxBytes);
  const hasBody = !WITHOUT_BODY.has(statusCode);
  return new Response(hasBody ? bytes : null, { status: statusCode, headers: pairs(headers) });
}

/** Of these `Response` takes no body. */
const WITHOUT_BODY = new Set([204, 205, 304]);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);

/** A redirect would take the token to another host. */
function refusalOf(status: number, { keepRedirect = false }: HttpRequest): string | undefined {
  if (REDIRECTS.has(status) && !keepRedirect) return 'REDIRECT';
  return status < 200 || status > 599 ? 'NO_STATUS' : undefined;
}

/** Several headers of one name stay several. */
function pairs(headers: Dispatcher.ResponseData['headers']): [string, string][] {
  return Object.entries(headers).flatMap(([name, value = []]) =>
    [value].flat().map((one): [string, string] => [name, one]),
  );
}

function refusedUrl(url: string, allowHttp: boolean): NotBuilt | undefined {
  const { protocol, hostname } = new URL(url);
  if (protocol === 'https:' || allowHttp || isLoopback(hostname)) return undefined;
  return { code: 'PLAIN_HTTP', message: `plain http is refused off loopback (${hostname})` };
}
