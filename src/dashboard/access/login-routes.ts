import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Logger } from '../../shared/log/logger.ts';
import { loginPage } from '../pages/login-page.ts';
import { messagePage } from '../pages/page-frame.ts';
import { type AccessRequest, tooManyGuesses } from './decide-access.ts';
import { type GuessLimit, isLogin, type KnownDevices, type Login } from './login.ts';
import type { LoginSessions } from './login-session.ts';
import { sendPage } from './send-page.ts';

export interface LoginDeps {
  readonly login: Login;
  readonly sessions: LoginSessions;
  readonly guesses: GuessLimit;
  readonly devices: KnownDevices;
  readonly accessRequest: (request: FastifyRequest) => AccessRequest;
  readonly log: Logger;
}

/** Logging in with the form, and out. Both are writes: only our own pages may send them. */
export function addLoginRoutes(app: FastifyInstance, deps: LoginDeps): void {
  const { sessions } = deps;
  app.get('/login', (_, reply) => reply.redirect(app.ferryBase.of('/'), 303));
  app.post('/login', async (request, reply) => logIn(request, reply, deps));
  app.post('/logout', (request, reply) => {
    reply.header('set-cookie', sessions.ended(isSecure(request)));
    return reply.redirect(app.ferryBase.of('/'), 303);
  });
}

function logIn(
  request: FastifyRequest,
  reply: FastifyReply,
  { login, sessions, guesses, devices, accessRequest, log }: LoginDeps,
): FastifyReply {
  const { client, device } = accessRequest(request);
  const field = (name: string): string =>
    request.body instanceof URLSearchParams ? (request.body.get(name) ?? '') : '';
  const guesser = device ?? client;
  // No comparison while a client has to wait: a right guess must look like a wrong one.
  const waitMs = guesses.waitMs(guesser);
  if (waitMs > 0) {
    const { status, headers, title, text } = tooManyGuesses(waitMs);
    return sendPage(reply.code(status).headers(headers), messagePage(title, text));
  }
  const next = localPath(field('next'));
  if (!isLogin({ user: field('user'), password: field('password') }, login)) {
    guesses.wrong(guesser);
    log.debug({ client, status: 401 }, 'dashboard: request refused');
    return sendPage(reply.code(401), loginPage(next, 'User or password is wrong.'));
  }
  const cookies = [sessions.cookie(isSecure(request))];
  if (device === undefined) cookies.push(devices.cookie());
  return reply.header('set-cookie', cookies).redirect(request.server.ferryBase.of(next), 303);
}

function isSecure({ headers }: FastifyRequest): boolean {
  return headers.origin?.startsWith('https://') === true;
}

/** An address of ours, or the first page: never one of another host, however it is written. */
export function localPath(address: string): string {
  const here = 'http://dashboard.invalid';
  if (!/^\/(?![/\\])[\x21-\x7e]*$/.test(address) || !URL.canParse(address, here)) return '/';
  const { origin, pathname, search } = new URL(address, here);
  // `/.//evil.example` has lost its dot by now, and would lead there.
  const isOurs = origin === here && !pathname.startsWith('//');
  return isOurs && pathname !== '/login' ? `${pathname}${search}` : '/';
}
