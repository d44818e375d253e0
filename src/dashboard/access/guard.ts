import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { DashboardConfig } from '../../shared/config/dashboard-config.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { messagePage, PAGE_POLICY } from '../pages/page-frame.ts';
import { type Asking, decideAccess } from './decide-access.ts';
import { GuessLimit } from './guess-limit.ts';
import { addressMatcher, headerUser } from './trusted-proxy.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /** Who asks, as the login or a proxy says it. */
    ferryUser: string;
  }
}

export interface GuardDeps {
  readonly config: DashboardConfig;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Told of every refusal, for the log. */
  readonly onRefused: (asking: Pick<Asking, 'method' | 'path' | 'peer'>, status: number) => void;
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
export function addGuard(app: FastifyInstance, { config, clock, onRefused }: GuardDeps): void {
  const guesses = new GuessLimit(clock);
  const isProxy = addressMatcher(config.proxy?.from ?? []);
  const proxyUser = (request: FastifyRequest): string | undefined =>
    config.proxy && isProxy(peerOf(request))
      ? headerUser(request.headers[config.proxy.header])
      : undefined;
  app.decorateRequest('ferryUser', '');
  app.addHook('onRequest', async (request, reply) => {
    reply.headers(SAFE_HEADERS);
    const asking = { ...askingOf(request), proxyUser: proxyUser(request) };
    const access = decideAccess(asking, { config, guesses });
    if (access.kind === 'let-in') {
      request.ferryUser = access.user;
      return undefined;
    }
    onRefused(asking, access.status);
    reply.code(access.status).headers(access.headers ?? {});
    return sendPage(reply, messagePage(access.title, access.text));
  });
}

export function sendPage(reply: FastifyReply, html: string): FastifyReply {
  reply.header('content-security-policy', PAGE_POLICY);
  return reply.type('text/html; charset=utf-8').send(html);
}

function askingOf({ method, url, headers, socket }: FastifyRequest): Omit<Asking, 'proxyUser'> {
  return {
    method,
    path: url.split('?')[0] ?? '',
    peer: socket.remoteAddress ?? '',
    host: headers.host,
    origin: headers.origin,
    fetchSite: one(headers['sec-fetch-site']),
    authorization: headers.authorization,
  };
}

function peerOf({ socket }: FastifyRequest): string {
  return socket.remoteAddress ?? '';
}

function one(value: string | string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined;
}
