import { BlockList, isIP } from 'node:net';
import type { ProxyConfig } from '../../config/network-config.ts';
import { isLoopback } from '../../config/values.ts';

/** What is called: the name as URLs have it, IPv6 in brackets or not. */
export interface Target {
  readonly protocol: string;
  readonly hostname: string;
  readonly port: number;
}

/** The proxy that leads to a target; `undefined` where it is called directly. */
export function proxyFor(proxy: ProxyConfig | undefined, target: Target): string | undefined {
  const url = target.protocol === 'https:' ? proxy?.https : proxy?.http;
  if (proxy === undefined || url === undefined) return undefined;
  const host = bare(target.hostname);
  // A proxy's own loopback is another machine's.
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

/** `*`, a name and what is below it (with a dot before it or not), an address, a range; with a port. */
function fits(rule: string, host: string, port: number): boolean {
  if (rule === '*') return true;
  const { name, port: only } = partsOf(rule.toLowerCase());
  if (only !== undefined && only !== port) return false;
  if (name.includes('/')) return isWithin(name, host);
  const suffix = bare(name).replace(/^\*?\./, '');
  return host === suffix || (isIP(host) === 0 && host.endsWith(`.${suffix}`));
}

function partsOf(rule: string): { readonly name: string; readonly port?: number } {
  const found = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(rule);
  return found ? { name: found[1] ?? '', port: Number(found[2]) } : { name: rule };
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
