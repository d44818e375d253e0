import { lookup as systemLookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';

/** Of IPv6, no other range is assigned to the internet: `::127.0.0.1` is this machine for some systems. */
const GLOBAL = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Whether an address is one of the internet: not of this machine, a private network, a link (with the metadata
 * of clouds), a carrier, or reserved; nor an IPv6 address that stands for an IPv4 one.
 */
export function isPublicAddress(address: string): boolean {
  const text = address.replace(/^\[|\]$/g, '');
  if (!ipaddr.isValid(text)) return false;
  const parsed = ipaddr.process(text);
  const isAssigned = parsed instanceof ipaddr.IPv4 || parsed.match(...GLOBAL);
  return isAssigned && parsed.range() === 'unicast';
}

export const NOT_ALLOWED = 'PRIVATE_ADDRESS';

/** Resolves a name to its public addresses only: what a connection is made to is what was checked. */
export function publicOnly(lookup: LookupFunction = systemLookup): LookupFunction {
  return (hostname, options, callback) => {
    lookup(hostname, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const all = typeof found === 'string' ? [{ address: found, family: 4 }] : found;
      const allowed = all.filter(({ address }) => isPublicAddress(address));
      const [first] = allowed;
      if (!first) {
        return callback(Object.assign(new Error('no public address'), { code: NOT_ALLOWED }), []);
      }
      return options.all ? callback(null, allowed) : callback(null, first.address, first.family);
    });
  };
}
