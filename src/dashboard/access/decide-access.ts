import type { DashboardConfig } from '../../shared/config/dashboard-config.ts';
import { userOf } from './basic-auth.ts';
import { isSameSite } from './cross-site.ts';
import type { GuessLimit } from './guess-limit.ts';
import { isOurHost } from './our-host.ts';

/** What is asked, as far as it matters for who may. */
export interface Asking {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  /** The address that asks, as far as it can be told. */
  readonly client: string;
  /** The name of a browser that has logged in before. */
  readonly device: string | undefined;
  readonly host: string | undefined;
  readonly origin: string | undefined;
  readonly fetchSite: string | undefined;
  readonly authorization: string | undefined;
  /** The user as a proxy says it, where the other end is a proxy that is believed. */
  readonly proxyUser: string | undefined;
}

export type Access =
  | {
      readonly kind: 'let-in';
      readonly user: string;
      /** By user and password. */
      readonly byLogin?: boolean;
    }
  | {
      readonly kind: 'refused';
      readonly status: 401 | 403 | 429;
      readonly title: string;
      readonly text: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

export interface AccessRules {
  readonly config: DashboardConfig;
  readonly guesses: GuessLimit;
}

/** Asked by machines that have no login; nothing about images is in their answers. */
const FOR_ALL = new Set(['/healthz', '/readyz']);
/** Who looks at an open dashboard of this machine. */
const NOBODY = 'this machine';

/** True when who has logged in may change things: without a login nobody may. */
export function mayChange({ login, proxy }: DashboardConfig): boolean {
  return login !== undefined || proxy?.header !== undefined;
}

/** Who may ask for what. Nothing is answered before this has let it in. */
export function decideAccess(asking: Asking, rules: AccessRules): Access {
  const { config } = rules;
  if (!isOurHost(asking.host, config.hosts)) return foreignName();
  const isLook = asking.method === 'GET' || asking.method === 'HEAD';
  if (isLook && FOR_ALL.has(asking.path)) return { kind: 'let-in', user: NOBODY };
  const who = identify(asking, rules);
  if (who.kind === 'refused' || isLook) return who;
  if (!mayChange(config)) return onlyLooking();
  return isSameSite(asking, config.hosts) ? who : crossSite();
}

function identify(asking: Asking, { config, guesses }: AccessRules): Access {
  if (!mayChange(config)) return { kind: 'let-in', user: NOBODY };
  if (asking.proxyUser !== undefined) return { kind: 'let-in', user: asking.proxyUser };
  if (!config.login) return noProxy();
  const { client, device, authorization } = asking;
  const guesser = device ?? client;
  // While somebody waits nothing is compared: a right guess must look like a wrong one.
  const waitMs = guesses.waitMs(guesser);
  if (waitMs > 0) return tooMany(waitMs);
  const user = userOf(authorization, config.login);
  if (user !== undefined) return { kind: 'let-in', user, byLogin: true };
  if (authorization !== undefined) guesses.wrong(guesser);
  return logIn();
}

function foreignName(): Access {
  return {
    kind: 'refused',
    status: 403,
    title: 'Not under this name',
    text: 'Open it by its address, or allow the name with IMS_FERRY_DASHBOARD_HOSTS.',
  };
}

function onlyLooking(): Access {
  return {
    kind: 'refused',
    status: 403,
    title: 'Only to be looked at',
    text: 'Without a login nothing can be changed here. Set IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD, or use the commands: ims-ferry --help.',
  };
}

function crossSite(): Access {
  return {
    kind: 'refused',
    status: 403,
    title: 'Not from another page',
    text: 'This did not come from a page of this dashboard. A script has to send an Origin header with the address of the dashboard.',
  };
}

function noProxy(): Access {
  return {
    kind: 'refused',
    status: 403,
    title: 'Only through the proxy',
    text: 'Nobody has said who you are. Open it through the proxy that knows.',
  };
}

function logIn(): Access {
  return {
    kind: 'refused',
    status: 401,
    title: 'Log in',
    text: 'The user and the password are those of IMS_FERRY_DASHBOARD_USER and IMS_FERRY_DASHBOARD_PASSWORD.',
    headers: { 'www-authenticate': 'Basic realm="ims-ferry", charset="UTF-8"' },
  };
}

function tooMany(waitMs: number): Access {
  const seconds = Math.ceil(waitMs / 1000);
  return {
    kind: 'refused',
    status: 429,
    title: 'Too many wrong logins',
    text: `From this address nobody is let in for ${seconds} s.`,
    headers: { 'retry-after': String(seconds) },
  };
}
