import { BlockList, isIP, isIPv6 } from 'node:net';

/**
 * The address a request comes from. Behind a trusted proxy it is the right-most address in
 * `X-Forwarded-For` that is not such a proxy: anybody can have written what is left of it. From any
 * other peer the header is ignored.
 */
export function clientOf(
  peer: string,
  forwarded: string | undefined,
  isProxy: (address: string) => boolean,
): string {
  const own = plainAddress(peer) ?? peer;
  if (!isProxy(own)) return own;
  const hops = (forwarded ?? '').split(',').reverse().map(hopAddress);
  const [nearest] = hops;
  // A proxy that names no client, or no valid address, counts as the client of all behind it.
  if (nearest === undefined) return own;
  const end = hops.findIndex((hop) => hop === undefined || !isProxy(hop));
  // Only proxies of ours on the way: the one our own proxy has seen cannot be forged.
  if (end < 0) return nearest;
  return hops[end] ?? hops[end - 1] ?? own;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. */
function hopAddress(hop: string): string | undefined {
  const text = hop.trim();
  const [, inBrackets, withPort] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(text) ?? [];
  return plainAddress(inBrackets ?? withPort ?? text);
}

/** One spelling per address; an IPv4 address inside an IPv6 one becomes that IPv4 address. */
function plainAddress(address: string): string | undefined {
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : undefined;
  // A zone (`fe80::1%eth0`) means something on this machine only, and has no place in a URL.
  const url = `http://[${address.split('%', 1)[0]}]/`;
  if (!URL.canParse(url)) return undefined;
  const plain = new URL(url).hostname.slice(1, -1);
  const [, high = '', low = ''] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(plain) ?? [];
  return high === '' ? plain : ipv4Of(Number.parseInt(high, 16), Number.parseInt(low, 16));
}

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** Matches the addresses in these ranges (CIDR or single). */
export function addressMatcher(ranges: readonly string[]): (address: string) => boolean {
  const list = new BlockList();
  for (const range of ranges) {
    const [address = '', bits] = range.split('/');
    const family = isIPv6(address) ? 'ipv6' : 'ipv4';
    if (bits === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(bits), family);
  }
  // A dual-stack socket writes an IPv4 address as ::ffff:10.0.0.1.
  return (address) => {
    const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
    return list.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
  };
}

/** The user named by a proxy's header: printable, and at most 100 characters. */
export function headerUser(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' && /^[\x21-\x7e]([\x20-\x7e]{0,98}[\x21-\x7e])?$/.test(value)
    ? value
    : undefined;
}
