import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type BasePath, basePath } from '../addresses.ts';
import type { DashboardDeps } from '../context.ts';
import { messagePage, PAGE_POLICY } from '../pages/page-frame.ts';
import { addressMatcher, clientOf, headerUser } from './client.ts';
import { type AccessRequest, decideAccess } from './decide-access.ts';
import { GuessLimit, KnownDevices } from './login.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** The user, as named by the login or by a proxy. */
    ferryUser: string;
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
  const accessRequest = requestReader(deps, devices);
  app.decorate('ferryBase', basePath(config.basePath));
  app.decorateRequest('ferryUser', '');
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS);
    const wanted = accessRequest(request);
    const access = decideAccess(wanted, { config, guesses });
    if (access.kind === 'let-in') {
      request.ferryUser = access.user;
      const isNew = access.byLogin === true && wanted.device === undefined;
      if (isNew) reply.header('set-cookie', devices.cookie());
      return undefined;
    }
    const { method, path, client } = wanted;
    // Nothing more of it: the other fields contain the password.
    log.debug({ method, path, client, status: access.status }, 'dashboard: request refused');
    reply.code(access.status).headers(access.headers ?? {});
    return sendPage(reply, messagePage(access.title, access.text));
  });
}

function requestReader({ config, log }: DashboardDeps, devices: KnownDevices) {
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
      proxyUser: header !== undefined && isProxy(peer) ? headerUser(headers[header]) : undefined,
    };
  };
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  reply.header('content-security-policy', PAGE_POLICY);
  return reply.type('text/html; charset=utf-8').send(reply.server.ferryBase.inPage(html));
}

function single(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
