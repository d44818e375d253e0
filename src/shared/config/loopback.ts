import { isIP } from 'node:net';

/** This machine itself, under a name or address that leads nowhere else; IPv6 in brackets or not. */
export function isLoopback(hostname: string): boolean {
  const host = hostname.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
}
