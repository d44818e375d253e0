import { request as plainRequest, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import type { Socket } from 'node:net';
import type { Target } from './proxy-rules.ts';

export interface TunnelOptions {
  /** With user and password, where it wants them. */
  readonly proxy: string;
  readonly target: Target;
  readonly timeoutMs: number;
  /** Beside the CAs that Node knows, for a proxy that speaks TLS. */
  readonly ca?: readonly string[];
}

/**
 * A connection to the target through a proxy, by CONNECT. What goes wrong in here goes wrong before
 * the first byte of the request.
 * @throws Error with the codes PROXY_LOGIN, PROXY_REFUSED, PROXY_TIMEOUT or PROXY_AWAY; it repeats
 * nothing of the proxy's URL or answer
 */
export function openTunnel(options: TunnelOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const proxy = new URL(options.proxy);
  const ask = proxy.protocol === 'https:' ? tlsRequest : plainRequest;
  const request = ask(requestOf(proxy, options));
  const fail = (code: string): void => {
    request.destroy();
    reject(Object.assign(new Error('no way through the proxy'), { code }));
  };
  const timer = setTimeout(() => fail('PROXY_TIMEOUT'), options.timeoutMs);
  const done = (): void => clearTimeout(timer);
  request.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
    done();
    if (statusCode >= 200 && statusCode < 300 && head.length === 0) return resolve(socket);
    socket.destroy();
    return fail(statusCode === 407 ? 'PROXY_LOGIN' : 'PROXY_REFUSED');
  });
  request.once('response', (response) => {
    done();
    response.destroy();
    fail('PROXY_REFUSED');
  });
  request.once('error', () => {
    done();
    fail('PROXY_AWAY');
  });
  request.end();
  return promise;
}

function requestOf(proxy: URL, { target, ca }: TunnelOptions): RequestOptions {
  const { hostname, port } = target;
  const host = hostname.includes(':') && !hostname.startsWith('[') ? `[${hostname}]` : hostname;
  const to = `${host}:${port}`;
  const user = decoded(proxy.username);
  const password = decoded(proxy.password);
  const login = Buffer.from(`${user}:${password}`).toString('base64');
  return {
    host: proxy.hostname.replace(/^\[|\]$/g, ''),
    port: proxy.port === '' ? (proxy.protocol === 'https:' ? 443 : 80) : proxy.port,
    method: 'CONNECT',
    path: to,
    agent: false,
    headers: { host: to, ...(user === '' ? {} : { 'proxy-authorization': `Basic ${login}` }) },
    ...(ca === undefined ? {} : { ca: [...ca] }),
  };
}

/** As curl does: a `%` that begins nothing stands for itself. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString(),
  );
}
