import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction, Socket } from 'node:net';
import { getCACertificates } from 'node:tls';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import type { NetworkConfig } from '../../config/network-config.ts';
import { openTunnel, proxyFor, type Target } from './proxy.ts';

export type Connector = buildConnector.connector;

export interface ConnectorOptions {
  readonly network: NetworkConfig;
  /** From the name to the end of the handshake. */
  readonly connectMs: number;
  /** @default the system's */
  readonly lookup?: LookupFunction;
}

/**
 * How every connection is made: HTTP/1.1 only, our CA beside Node's, our certificate, through a proxy
 * where there is one. What fails in here has sent no byte of a request.
 */
export function createConnector(options: ConnectorOptions): Connector {
  const { network, connectMs, lookup = systemLookup } = options;
  const ca = network.ca === undefined ? undefined : [...getCACertificates('default'), network.ca];
  const direct = buildConnector({
    timeout: connectMs,
    allowH2: false,
    lookup: patient(lookup, connectMs * LOOKUP_SHARE),
    ...(ca === undefined ? {} : { ca }),
    ...network.client,
  });
  return (target, done) => {
    const to = targetOf(target);
    const proxy = proxyFor(network.proxy, to);
    if (proxy === undefined) return direct(target, done);
    const tunnel = { proxy, target: to, timeoutMs: connectMs, ...(ca === undefined ? {} : { ca }) };
    return void openTunnel(tunnel).then(
      (socket) =>
        to.protocol === 'https:'
          ? direct({ ...target, httpSocket: socket }, done)
          : done(null, socket),
      (error: Error) => done(error, null),
    );
  };
}

function targetOf({ protocol, hostname, port }: Parameters<Connector>[0]): Target {
  const usual = protocol === 'https:' ? 443 : 80;
  return { protocol, hostname, port: port === '' ? usual : Number(port) };
}

/** Of the time to connect: who waits longer for a name is told so, and not that the host is slow. */
const LOOKUP_SHARE = 0.8;

function patient(lookup: LookupFunction, ms: number): LookupFunction {
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
  /** False while no byte of the request has left: whatever fails then was not sent. */
  readonly hasSent: () => boolean;
}

export interface GuardOptions {
  /** Makes the connection; the bytes of a proxy's tunnel are none of the request. */
  readonly connect: Connector;
  readonly maxBytes: number;
  readonly maxHeaderBytes: number;
  /** Asked when the connection stands, and again in the moment of the first byte. */
  readonly maySend: () => boolean;
}

/**
 * A connection of its own for one create. HTTP/1.1 only: over HTTP/2 undici sends a request again that
 * the server says it refused.
 */
export function guardedLine(options: GuardOptions): Line {
  const { connect, maxBytes, maxHeaderBytes, maySend } = options;
  let guarded: Socket | undefined;
  let sent = false;
  let before = 0;
  const agent = new Agent({
    allowH2: false,
    pipelining: 0,
    maxResponseSize: maxBytes,
    maxHeaderSize: maxHeaderBytes,
    connect: (target, done) => {
      connect(target, (error, socket) => {
        if (error) return done(error, null);
        if (guarded !== undefined || !maySend()) {
          socket.destroy();
          return done(tooLate(), null);
        }
        guarded = socket;
        // Through a tunnel without TLS the socket has carried the CONNECT already.
        before = socket.bytesWritten;
        guardFirstByte(socket, maySend, () => {
          sent = true;
        });
        return done(null, socket);
      });
    },
  });
  // Should bytes ever find another way out than through `write`, the outcome is unclear, not good.
  return { agent, hasSent: () => sent || (guarded?.bytesWritten ?? 0) > before };
}

/**
 * Between the connection and the first byte undici reads the body, and a process may be frozen for as
 * long as it likes: the last look at the deadline is here, with nothing between it and the write.
 */
function guardFirstByte(socket: Socket, maySend: () => boolean, onSent: () => void): void {
  const write = socket.write;
  const guardedWrite = (...args: Parameters<Socket['write']>): boolean => {
    if (socket.destroyed) return false;
    if (!maySend()) {
      socket.destroy(tooLate());
      return false;
    }
    onSent();
    socket.write = write;
    return write.apply(socket, args);
  };
  socket.write = guardedWrite as Socket['write'];
}

function tooLate(): Error {
  return Object.assign(new Error('too late to send'), { code: 'TOO_LATE' });
}
