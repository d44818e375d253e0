import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { getCACertificates } from 'node:tls';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { NetworkConfig } from '../../config/cloud/cloud-config.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';
import { openTunnel, proxyFor } from './proxy.ts';

type Connector = buildConnector.connector;

interface ConnectorOptions {
  readonly network: NetworkConfig;
  /** From the name to the end of the handshake. */
  readonly connectMs: number;
  /** @default the system's */
  readonly lookup?: LookupFunction;
}

/**
 * Makes every connection: HTTP/1.1 only, our CA in addition to Node's, our certificate, through a proxy
 * if there is one. Whatever fails in here has sent no byte of a request.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const { network, connectMs, lookup = systemLookup } = options;
  const ca = network.ca === undefined ? undefined : [...getCACertificates('default'), network.ca];
  const direct = buildConnector({
    timeout: connectMs,
    allowH2: false,
    lookup: withTimeout(lookup, connectMs * LOOKUP_SHARE),
    ...omitUndefined({ ca }),
    ...network.client,
  });
  return (target, done) => {
    const { protocol, hostname, port } = target;
    const usual = protocol === 'https:' ? 443 : 80;
    const to = { protocol, hostname, port: port === '' ? usual : Number(port) };
    const proxy = proxyFor(network.proxy, to);
    if (proxy === undefined) return direct(target, done);
    const tunnel = omitUndefined({ proxy, target: to, timeoutMs: connectMs, ca });
    return void openTunnel(tunnel).then(
      (socket) =>
        protocol === 'https:'
          ? direct({ ...target, httpSocket: socket }, done)
          : done(null, socket),
      (error: Error) => done(error, null),
    );
  };
}

/** Of the time to connect. A slow DNS is reported as such, not as a slow host. */
const LOOKUP_SHARE = 0.8;

function withTimeout(lookup: LookupFunction, ms: number): LookupFunction {
  return (hostname, options, callback) => {
    let isOver = false;
    const end: typeof callback = (...answer) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      callback(...answer);
    };
    const timer = setTimeout(() => {
      end(Object.assign(new Error('no name in time'), { code: 'DNS_TIMEOUT' }), '', 4);
    }, ms);
    lookup(hostname, options, end);
  };
}

/** The connection of one call. */
export interface Line {
  readonly agent: Dispatcher;
  /** False while the request is not complete: until then any failure means "not sent". */
  readonly hasSent: () => boolean;
  /** It stays open for further calls. */
  readonly isKept: boolean;
  /** How the body is handed to undici. */
  readonly body: (text: string) => string | Readable;
}

interface GuardOptions {
  readonly connect: Connector;
  readonly maxBytes: number;
  readonly maxHeaderBytes: number;
  /** Called when the connection is there, and right before each write. */
  readonly maySend: () => boolean;
}

/**
 * A connection of its own for one create. The last byte of the body leaves alone, after one more check:
 * without it there is no request (the JSON is not closed), and with a write of one byte next to nothing lies
 * between the check and the create. HTTP/1.1 only: over HTTP/2 undici resends a request that the server
 * refused.
 */
export function guardedLine(options: GuardOptions): Line {
  const { connect, maxBytes, maxHeaderBytes, maySend } = options;
  let isUsed = false;
  let hasBody = false;
  let isLast = false;
  let isRefused = false;
  const mayWrite = (): boolean => {
    isRefused ||= !maySend();
    return !isRefused;
  };
  const agent = new Agent({
    allowH2: false,
    pipelining: 0,
    maxResponseSize: maxBytes,
    maxHeaderSize: maxHeaderBytes,
    connect: (target, done) => {
      connect(target, (error, socket) => {
        if (error) return done(error, null);
        if (isUsed || !mayWrite()) {
          socket.destroy();
          return done(tooLate(), null);
        }
        isUsed = true;
        guardWrites(socket, () => {
          // Without a body the headers alone are a request.
          isLast ||= !hasBody;
          return mayWrite();
        });
        return done(null, socket);
      });
    },
  });
  function* parts(text: string): Generator<Buffer> {
    const bytes = Buffer.from(text);
    yield bytes.subarray(0, -1);
    isLast = true;
    yield bytes.subarray(-1);
  }
  const body = (text: string): Readable => {
    hasBody = true;
    return Readable.from(parts(text));
  };
  return { agent, isKept: false, hasSent: () => isLast && !isRefused, body };
}

/** The process may be frozen at any time: nothing lies between a check of the deadline and its write. */
function guardWrites(socket: Socket, mayWrite: () => boolean): void {
  const write = socket.write;
  const guardedWrite = (...args: Parameters<Socket['write']>): boolean => {
    if (socket.destroyed) return false;
    // Written at once, not when undici has gathered more.
    socket.uncork();
    if (mayWrite()) return write.apply(socket, args);
    socket.destroy(tooLate());
    return false;
  };
  socket.write = guardedWrite as Socket['write'];
}

function tooLate(): Error {
  return Object.assign(new Error('too late to send'), { code: 'TOO_LATE' });
}
