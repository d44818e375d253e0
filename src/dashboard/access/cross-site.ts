import { nameOf } from './our-host.ts';

/** What a browser says about where a request comes from. */
export interface Origins {
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`; old browsers do not send it. */
  readonly fetchSite: string | undefined;
}

/**
 * True when a write comes from a page of ours. Who says nothing about it is refused: every browser
 * sends at least one of the two with a write, and a script can be told to.
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
  // A proxy may give another Host than the one that the browser asked for.
  return from.host === host?.toLowerCase() || allowed.includes(nameOf(from.host) ?? '');
}
