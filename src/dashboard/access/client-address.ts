import { isIP } from 'node:net';

/**
 * The address that asks. Of a proxy that is believed it is the one that the proxy names: the right-most
 * in `X-Forwarded-For` that is no such proxy. Whatever stands left of that anybody can have written;
 * of others than our proxies the header counts for nothing.
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
  // A proxy that names nobody, or nothing that is an address, has all its clients in one.
  if (nearest === undefined) return own;
  const end = hops.findIndex((hop) => hop === undefined || !isProxy(hop));
  // Everybody on the way is a proxy of ours: the one that our own has seen cannot be made up.
  if (end < 0) return nearest;
  return hops[end] ?? hops[end - 1] ?? own;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`. */
function hopAddress(hop: string): string | undefined {
  const text = hop.trim();
  const [, inBrackets, withPort] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(text) ?? [];
  return plainAddress(inBrackets ?? withPort ?? text);
}

/** One spelling for each address: an IPv4 address in an IPv6 one is that IPv4 address. */
function plainAddress(address: string): string | undefined {
  const family = isIP(address);
  if (family !== 6) return family === 4 ? address : undefined;
  // A zone (`fe80::1%eth0`) is of this machine only, and in no URL.
  const url = `http://[${address.split('%', 1)[0]}]/`;
  if (!URL.canParse(url)) return undefined;
  const plain = new URL(url).hostname.slice(1, -1);
  const [, high = '', low = ''] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(plain) ?? [];
  return high === '' ? plain : ipv4Of(Number.parseInt(high, 16), Number.parseInt(low, 16));
}

function ipv4Of(high: number, low: number): string {
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}
