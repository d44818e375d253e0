import { isIP } from 'node:net';

const PORT = /:\d{1,5}$/;

/**
 * True for a plain address, for localhost, and for allowed names. An attacker's DNS may make any other
 * name point here, and a browser would then take our pages for his.
 */
export function isOurHost(host: string | undefined, allowed: readonly string[]): boolean {
  const name = nameOf(host);
  if (name === undefined) return false;
  const bare = name.replace(/^\[(.*)\]$/, '$1');
  return isIP(bare) !== 0 || name === 'localhost' || allowed.includes(name);
}

/** The name in a Host header or in an origin's host: lower case, without the port. */
function nameOf(host: string | undefined): string | undefined {
  return host?.replace(PORT, '').toLowerCase();
}

/** What a browser reports about the page a request comes from. */
export interface Origins {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`; old browsers do not send it. */
  readonly fetchSite: string | undefined;
}

/**
 * True when a write comes from one of our pages. Without either header it is refused: every browser
 * sends at least one of them with a write, and a script can set one.
 */
export function isSameSite(
  { host, origin, fetchSite }: Origins,
  allowed: readonly string[],
): boolean {
  if (fetchSite !== undefined && fetchSite !== 'same-origin') return false;
  if (origin === undefined) return fetchSite === 'same-origin';
  if (!URL.canParse(origin)) return false;
  const from = new URL(origin);
  if (from.protocol !== 'http:' && from.protocol !== 'https:') return false;
  // A proxy may send another Host than the one in the browser's address bar.
  return from.host === host?.toLowerCase() || allowed.includes(nameOf(from.host) ?? '');
}
