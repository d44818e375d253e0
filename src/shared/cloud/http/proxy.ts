import { request as plainRequest, type RequestOptions } from 'node:http';
import { request as tlsRequest } from 'node:https';
import { BlockList, isIP, type Socket } from 'node:net';
import type { ProxyConfig } from '../../config/cloud/cloud-config.ts';
import { isLoopback } from '../../config/values.ts';
import { omitUndefined } from '../../runtime/omit-undefined.ts';

/** The server to call: the name as in URLs, IPv6 with brackets or without. */
export interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
}

/** The proxy for a target; `undefined` if it is called directly. */
export function proxyFor(proxy: ProxyConfig | undefined, target: Target): string | undefined {
  const url = target.protocol === 'https:' ? proxy?.https : proxy?.http;
  if (proxy === undefined || url === undefined) return undefined;
  const host = bare(target.hostname);
  // The loopback of a proxy is on another machine.
  if (isLoopback(host)) return undefined;
  const exceptions = proxy.noProxy.split(/[\s,]+/).filter((rule) => rule !== '');
  return exceptions.some((rule) => fits(rule, host, target.port)) ? undefined : url;
}

function bare(hostname: string): string {
  return hostname
    .replace(/^\[|\]$/g, '')
    .replace(/\.$/, '')
    .toLowerCase();
}

/** `*`, a name with its subdomains (with a leading dot or without), an address, a range; with a port. */
function fits(rule: string, host: string, port: number): boolean {
  if (rule === '*') return true;
  const text = rule.toLowerCase();
  const [, name = text, only] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(text) ?? [];
  if (only !== undefined && Number(only) !== port) return false;
  if (name.includes('/')) return isWithin(name, host);
  const suffix = bare(name).replace(/^\*?\./, '');
  return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`));
}

function isWithin(range: string, host: string): boolean {
  const [network = '', length = ''] = range.split('/');
  const family = isIP(bare(network));
  const bits = Number(length);
  const most = family === 4 ? 32 : 128;
  if (family === 0 || isIP(host) !== family || !/^\d+$/.test(length) || bits > most) return false;
  const list = new BlockList();
  const kind = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(bare(network), bits, kind);
  return list.check(host, kind);
}

interface TunnelOptions {
  /** With user and password if it needs them. */
  readonly proxy: string;
  readonly target: Target;
  readonly timeoutMs: number;
  /** In addition to the CAs that Node knows, for a proxy that speaks TLS. */
  readonly ca?: readonly string[];
}

/**
 * A connection to the target through a proxy, by CONNECT. Whatever fails in here fails before the first
 * byte of the request.
 * @throws Error with the codes PROXY_LOGIN, PROXY_REFUSED, PROXY_TIMEOUT or PROXY_AWAY; it repeats
 * nothing of the proxy's URL or answer
 */
export function openTunnel(options: TunnelOptions): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const proxy = new URL(options.proxy);
  const send = proxy.protocol === 'https:' ? tlsRequest : plainRequest;
  const request = send(requestOf(proxy, options));
  const fail = (code: string): void => {
    clearTimeout(timer);
    request.destroy();
    reject(Object.assign(new Error('no way through the proxy'), { code }));
  };
  const timer = setTimeout(() => fail('PROXY_TIMEOUT'), options.timeoutMs);
  request.once('connect', ({ statusCode = 0 }, socket: Socket, head: Buffer) => {
    clearTimeout(timer);
    if (statusCode >= 200 && statusCode < 300 && head.length === 0) return resolve(socket);
    socket.destroy();
    return fail(statusCode === 407 ? 'PROXY_LOGIN' : 'PROXY_REFUSED');
  });
  request.once('response', (response) => {
    response.destroy();
    fail('PROXY_REFUSED');
  });
  request.once('error', () => fail('PROXY_AWAY'));
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
    ...omitUndefined({ ca: ca && [...ca] }),
  };
}

/** As curl does: a `%` that begins no escape is a plain `%`. */
function decoded(text: string): string {
  return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString(),
  );
}
