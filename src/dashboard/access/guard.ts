import type { FastifyInstance, FastifyRequest } from 'fastify';
import { type BasePath, basePath } from '../addresses.ts';
import type { DashboardDeps } from '../context.ts';
import { loginPage } from '../pages/login-page.ts';
import { messagePage } from '../pages/page-frame.ts';
import { addressMatcher, clientOf, headerUser } from './client.ts';
import { type AccessRequest, decideAccess } from './decide-access.ts';
import { GuessLimit, KnownDevices } from './login.ts';
import { addLoginRoutes } from './login-routes.ts';
import { LoginSessions } from './login-session.ts';
import { sendPage } from './send-page.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The user, as named by the login or by a proxy. */
    ferryUser: string;
    /** The user has logged in with the form, and can log out. */
    ferrySession: boolean;
  }
  interface FastifyInstance {
    ferryBase: BasePath;
  }
}

const PROXY_ADVICE =
  'Set IMS_FERRY_DASHBOARD_PROXIES to its address: until then wrong logins of everyone behind it are counted together.';

/** On every answer, whichever route it comes from. */
export const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Nothing stricter: a browser that may not reveal the page sends `Origin: null` with a form.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Checks who may get in before any other code sees a request. */
export function addGuard(app: FastifyInstance, deps: DashboardDeps): void {
  const { config, clock, log } = deps;
  const guesses = new GuessLimit(clock);
  const devices = new KnownDevices(config.basePath);
  const sessions = config.login && new LoginSessions(config.login, clock, config.basePath);
  const accessRequest = requestReader(deps, { devices, sessions });
  app.decorate('ferryBase', basePath(config.basePath));
  app.decorateRequest('ferryUser', '');
  app.decorateRequest('ferrySession', false);
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS);
    const wanted = accessRequest(request);
    const access = decideAccess(wanted, { config, guesses });
    if (access.kind === 'let-in') {
      request.ferryUser = access.user;
      request.ferrySession = access.bySession === true;
      const isNew = access.byLogin === true && wanted.device === undefined;
      if (isNew) reply.header('set-cookie', devices.cookie());
      return undefined;
    }
    const { method, path, client } = wanted;
    // Nothing more of it: the other fields contain the password.
    log.debug({ method, path, client, status: access.status }, 'dashboard: request refused');
    reply.code(access.status);
    // A browser would ask in a window of its own, and not show the form.
    if (access.status === 401 && isBrowser(request)) return sendPage(reply, loginPage(request.url));
    return sendPage(reply.headers(access.headers ?? {}), messagePage(access.title, access.text));
  });
  const { login } = config;
  if (login && sessions) {
    addLoginRoutes(app, { login, sessions, guesses, devices, accessRequest, log });
  }
}

function isBrowser({ headers }: FastifyRequest): boolean {
  const { accept = '' } = headers;
  return /text\/(html|event-stream)/.test(accept) || headers['sec-fetch-mode'] !== undefined;
}

interface Cookies {
  readonly devices: KnownDevices;
  readonly sessions: LoginSessions | undefined;
}

function requestReader({ config, log }: DashboardDeps, { devices, sessions }: Cookies) {
  const isProxy = addressMatcher(config.proxy?.from ?? []);
  let isReported = false;
  return ({ method, url, headers, socket }: FastifyRequest): AccessRequest => {
    const peer = socket.remoteAddress ?? '';
    const header = config.proxy?.header;
    const forwarded = single(headers['x-forwarded-for']);
    if (forwarded !== undefined && !isProxy(peer) && !isReported) {
      isReported = true;
      log.warn({ peer, advice: PROXY_ADVICE }, 'dashboard: unknown proxy');
    }
    return {
      method,
      path: url.split('?')[0] ?? '',
      host: headers.host,
      origin: headers.origin,
      fetchSite: single(headers['sec-fetch-site']),
      authorization: headers.authorization,
      client: clientOf(peer, forwarded, isProxy),
      device: devices.read(headers.cookie),
      sessionUser: sessions?.userOf(headers.cookie),
      proxyUser: header !== undefined && isProxy(peer) ? headerUser(headers[header]) : undefined,
    };
  };
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
