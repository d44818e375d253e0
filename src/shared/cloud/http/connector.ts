import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { getCACertificates } from 'node:tls';
import { buildConnector } from 'undici';
import type { NetworkConfig } from '../../config/network-config.ts';
import { proxyFor, type Target } from './proxy-rules.ts';
import { openTunnel } from './tunnel.ts';

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
