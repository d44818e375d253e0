import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DashboardConfig } from '../../shared/config/dashboard-config.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { type BasePath, basePath } from '../base-path.ts';
import { messagePage, PAGE_POLICY } from '../pages/page-frame.ts';
import { clientOf } from './client-address.ts';
import { type Asking, decideAccess } from './decide-access.ts';
import { GuessLimit } from './guess-limit.ts';
import { KnownDevices } from './known-device.ts';
import { addressMatcher, headerUser } from './trusted-proxy.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, as the login or a proxy says it. */
    ferryUser: string;
  }
  interface FastifyInstance {
    ferryBase: BasePath;
  }
}

export interface GuardDeps {
  readonly config: DashboardConfig;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Told once when requests come through a proxy that is not named in the settings. */
  readonly onUnknownProxy: (peer: string) => void;
  /** Told of every refusal, for the log. */
  readonly onRefused: (asking: Pick<Asking, 'method' | 'path' | 'client'>, status: number) => void;
}

/** On every answer, whoever gives it. */
export const SAFE_HEADERS = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  // Not less: a browser that may not say where it is sends `Origin: null` with a form.
  'referrer-policy': 'same-origin',
  'cache-control': 'no-store',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
} as const;

/** Lets in who may, before anything else looks at a request. */
export function addGuard(app: FastifyInstance, deps: GuardDeps): void {
  const { config, clock, onRefused } = deps;
  const guesses = new GuessLimit(clock);
  const devices = new KnownDevices(config.basePath);
  app.decorate('ferryBase', basePath(config.basePath));
  let isTold = false;
  const isProxy = addressMatcher(config.proxy?.from ?? []);
  const askingOf = (request: FastifyRequest): Asking => {
    const { headers, socket } = request;
    const peer = socket.remoteAddress ?? '';
    const header = config.proxy?.header;
    const forwarded = one(headers['x-forwarded-for']);
    if (forwarded !== undefined && !isProxy(peer) && !isTold) {
      isTold = true;
      deps.onUnknownProxy(peer);
    }
    return {
      ...plainAsking(request),
      client: clientOf(peer, forwarded, isProxy),
      device: devices.read(headers.cookie),
      proxyUser: header !== undefined && isProxy(peer) ? headerUser(headers[header]) : undefined,
    };
  };
  app.decorateRequest('ferryUser', '');
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS);
    const asking = askingOf(request);
    const access = decideAccess(asking, { config, guesses });
    if (access.kind === 'let-in') {
      request.ferryUser = access.user;
      const isNew = access.byLogin === true && asking.device === undefined;
      if (isNew) reply.header('set-cookie', devices.cookie());
      return undefined;
    }
    const { method, path, client } = asking;
    // Not more of it: the rest holds the password.
    onRefused({ method, path, client }, access.status);
    reply.code(access.status).headers(access.headers ?? {});
    return sendPage(reply, messagePage(access.title, access.text));
  });
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  reply.header('content-security-policy', PAGE_POLICY);
  return reply.type('text/html; charset=utf-8').send(reply.server.ferryBase.inPage(html));
}

function plainAsking({ method, url, headers }: FastifyRequest) {
  return {
    method,
    path: url.split('?')[0] ?? '',
    host: headers.host,
    origin: headers.origin,
    fetchSite: one(headers['sec-fetch-site']),
    authorization: headers.authorization,
  };
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
