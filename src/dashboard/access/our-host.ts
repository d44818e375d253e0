import { isIP } from 'node:net';

const PORT = /:\d{1,5}$/;

/**
 * True for a plain address, for the name of this machine and for names that were allowed. Any other
 * name may lead here by an attacker's DNS: then a browser takes this page for one of his.
 */
export function isOurHost(host: string | undefined, allowed: readonly string[]): boolean {
  const name = nameOf(host);
  if (name === undefined) return false;
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 || name === 'localhost' || allowed.includes(name);
}

/** The name in a Host header or an origin's host, in lower case and without its port. */
export function nameOf(host: string | undefined): string | undefined {
  return host?.replace(PORT, '').toLowerCase();
}
