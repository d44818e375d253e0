import { isIP } from 'node:net';
import type { DashboardConfig } from '../../shared/config/dashboard-config.ts';
import { ASSETS } from '../pages/page-frame.ts';
import { type GuessLimit, userOf } from './login.ts';

/** What of a request decides whether it is let in. */
export interface AccessRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The address it comes from, as far as that is known. */
  readonly client: string;
  /** Id of a browser that has logged in before. */
  readonly device: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  /** `Sec-Fetch-Site`; old browsers do not send it. */
  readonly fetchSite: string | undefined;
  readonly authorization: string | undefined;
  /** The user who has logged in with the form, as the cookie proves. */
  readonly sessionUser: string | undefined;
  /** The user named by a trusted proxy. */
  readonly proxyUser: string | undefined;
}

export type Access =
  | {
      readonly kind: 'let-in';
      readonly user: string;
      /** By user and password. */
      readonly byLogin?: boolean;
      /** With the form: the page can log out. */
      readonly bySession?: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly status: 401 | 403 | 429;
      readonly title: string;
      readonly text: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

interface AccessRules {
  readonly config: DashboardConfig;
  readonly guesses: GuessLimit;
}

/** Requested by machines without a login; the answers contain nothing about images. */
const PUBLIC_PATHS = new Set(['/healthz', '/readyz']);

/** The user of a dashboard without a login. */
const LOCAL_USER = 'this machine';

/** True when a logged-in user may change things; without a login nobody may. */
export function mayChange({ login, proxy }: DashboardConfig): boolean {
  return login !== undefined || proxy?.header !== undefined;
}

/** Who may do what. No request is answered before this has let it in. */
export function decideAccess(request: AccessRequest, rules: AccessRules): Access {
  const { config } = rules;
  if (!isOurHost(request.host, config.hosts)) return REFUSED.host;
  const isRead = request.method === 'GET' || request.method === 'HEAD';
  // Style and icon: the same for everybody, and needed by the page that asks for the login.
  const isPublic = PUBLIC_PATHS.has(request.path) || ASSETS.has(request.path);
  if (isRead && isPublic) return { kind: 'let-in', user: LOCAL_USER };
  // The form itself is for those who are not logged in yet; it counts wrong guesses on its own.
  if (request.path === '/login' && !isRead && config.login) {
    return isSameSite(request, config.hosts)
      ? { kind: 'let-in', user: LOCAL_USER }
      : REFUSED.crossSite;
  }
  const access = identify(request, rules);
  if (access.kind === 'refused' || isRead) return access;
  if (!mayChange(config)) return REFUSED.readOnly;
  return isSameSite(request, config.hosts) ? access : REFUSED.crossSite;
}

function identify(request: AccessRequest, { config, guesses }: AccessRules): Access {
  if (!mayChange(config)) return { kind: 'let-in', user: LOCAL_USER };
  if (request.proxyUser !== undefined) return { kind: 'let-in', user: request.proxyUser };
  if (!config.login) return REFUSED.noProxy;
  const { client, device, authorization, sessionUser } = request;
  if (sessionUser !== undefined) return { kind: 'let-in', user: sessionUser, bySession: true };
  const guesser = device ?? client;
  // No comparison while a client has to wait: a right guess must look like a wrong one.
  const waitMs = guesses.waitMs(guesser);
  if (waitMs > 0) return tooManyGuesses(waitMs);
  const user = userOf(authorization, config.login);
  if (user !== undefined) return { kind: 'let-in', user, byLogin: true };
  if (authorization !== undefined) guesses.wrong(guesser);
  return REFUSED.login;
}

const REFUSED = {
  host: {
    kind: 'refused',
    status: 403,
    title: 'Host not allowed',
    text: 'Open the dashboard by its IP address, or allow this name with IMS_FERRY_DASHBOARD_HOSTS.',
  },
  readOnly: {
    kind: 'refused',
    status: 403,
    title: 'Read-only',
    text: 'Without a login nothing can be changed here. Set IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD, or use the commands: ims-ferry --help.',
  },
  crossSite: {
    kind: 'refused',
    status: 403,
    title: 'Cross-site request refused',
    text: 'This request did not come from a page of this dashboard. A script has to send an Origin header with the address of the dashboard.',
  },
  noProxy: {
    kind: 'refused',
    status: 403,
    title: 'Open it through the proxy',
    text: 'This request names no user. Open the dashboard through the proxy that logs you in.',
  },
  login: {
    kind: 'refused',
    status: 401,
    title: 'Log in',
    text: 'Use the user name and password of IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD.',
    headers: { 'www-authenticate': 'Basic realm="ims-ferry", charset="UTF-8"' },
  },
} as const satisfies Readonly<Record<string, Access>>;

export function tooManyGuesses(waitMs: number) {
  const seconds = Math.ceil(waitMs / 1000);
  return {
    kind: 'refused',
    status: 429,
    title: 'Too many wrong logins',
    text: `Logins from this address are refused for ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  } as const satisfies Access;
}

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

/**
 * True when a write comes from one of our pages. Without either header it is refused: every browser
 * sends at least one of them with a write, and a script can set one.
 */
function isSameSite(
  { host, origin, fetchSite }: AccessRequest,
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
