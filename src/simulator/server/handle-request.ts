import type { IncomingMessage, ServerResponse } from 'node:http';
import { CONTROL_ROUTES } from '../control/control-routes.ts';
import { IAM_ROUTES } from '../iam/iam-routes.ts';
import { CREATE_ROUTES, HTML, throttled } from '../ims/create-routes.ts';
import { READ_ROUTES } from '../ims/read-routes.ts';
import { headObject } from '../obs/obs-routes.ts';
import { type Call, gatewayError, type Reply, type Route, type World } from './context.ts';
import { findRoute } from './find-route.ts';

const ROUTES: readonly Route[] = [
  ...IAM_ROUTES,
  ...CREATE_ROUTES,
  ...READ_ROUTES,
  ...CONTROL_ROUTES,
];
const MAX_BODY = 12_000_000;

/** Answers one request as the gateway, IAM, IMS or OBS would. */
export async function handleRequest(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  const requestId = world.random.id(16).replace(/\W/g, '0');
  const found = findRoute(ROUTES, request.method ?? '', url.pathname);
  const base = { world, request, response, url, requestId, params: found?.params ?? {} };
  const body = await readBody(request);
  const call: Call = { ...base, body };
  if (world.options.latencyMs > 0 && found?.route.name !== 'control') {
    await world.clock.sleep(world.options.latencyMs);
  }
  const reply = await answer(call, found?.route);
  if (reply && !response.destroyed) write(response, reply, requestId);
}

async function answer(call: Call, route: Route | undefined): Promise<Reply | undefined> {
  const { stats, accounts } = call.world;
  if (!route) return call.request.method === 'HEAD' ? headObject(call) : noSuchApi(call);
  stats.calls[route.name] = (stats.calls[route.name] ?? 0) + 1;
  if (route.name === 'control') return route.handle(call);
  if (isTooFast(call)) return throttled(call);
  if (call.body === 'too large') {
    return gatewayError(call, { status: 413, code: '0201', text: 'Request entity too large' });
  }
  if (route.secured && !accounts.isValid(call.request.headers['x-auth-token'])) {
    return gatewayError(call, { status: 401, code: '0307', text: 'The token must be updated' });
  }
  const fault = route.method === 'GET' && route.secured ? drawReadFault(call) : undefined;
  return fault === undefined ? route.handle(call) : fault === 'drop' ? undefined : fault;
}

function noSuchApi(call: Call): Reply {
  const text = 'The API does not exist or has not been published in the environment';
  return gatewayError(call, { status: 404, code: '0101', text });
}

const seconds = new WeakMap<World, { second: number; count: number }>();

function isTooFast({ world }: Call): boolean {
  const { rateLimit } = world.options;
  if (rateLimit === 0) return false;
  const second = Math.floor(world.clock.now() / 1000);
  const window = seconds.get(world);
  const count = window?.second === second ? window.count + 1 : 1;
  seconds.set(world, { second, count });
  return count > rateLimit;
}

function drawReadFault(call: Call): Reply | 'drop' | undefined {
  const { http500, html, drop, throttle } = call.world.options.readFaults;
  if (http500 + html + drop + throttle === 0) return undefined;
  const drawn = call.world.random.next();
  if (drawn < http500) return { status: 500, json: { error: { code: 500, message: 'oops' } } };
  if (drawn < http500 + html) {
    return { status: 200, text: HTML, headers: { 'content-type': 'text/html' } };
  }
  if (drawn < http500 + html + drop) {
    call.request.socket.destroy();
    return 'drop';
  }
  return drawn < http500 + html + drop + throttle ? throttled(call) : undefined;
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request) {
    size += (chunk as Buffer).length;
    if (size <= MAX_BODY) chunks.push(chunk as Buffer);
  }
  if (size > MAX_BODY) return 'too large';
  if (size === 0) return undefined;
  try {
    return JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch {
    return undefined;
  }
}

function write(response: ServerResponse, reply: Reply, requestId: string): void {
  const text = reply.text ?? (reply.json === undefined ? '' : JSON.stringify(reply.json));
  response.writeHead(reply.status, {
    'content-type': 'application/json',
    'x-request-id': requestId,
    ...reply.headers,
  });
  response.end(text);
}
