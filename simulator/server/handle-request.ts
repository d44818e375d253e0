import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Call, World } from './context.ts';
import { splitEndpoint } from './endpoint.ts';
import { badPath } from './errors.ts';
import { answer } from './gateway.ts';
import { readBody } from './read-body.ts';
import { findRoute } from './routes.ts';
import { writeReply } from './write-reply.ts';

/** Answers one request as the gateway, IAM, IMS or OBS would. */
export async function handleRequest(
  world: World,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://simulator');
  const path = decoded(url.pathname);
  const endpoint = splitEndpoint(url.pathname, world.options);
  const found = path === undefined ? undefined : findRoute(request.method ?? '', endpoint.path);
  const content = await readBody(request);
  const isControl = found?.route.name === 'control';
  const { latencyMs } = world.options;
  if (latencyMs > 0 && !isControl) await world.clock.sleep(latencyMs, world.closing);
  const acceptedBefore = world.cloud.accepted.length;
  world.cloud.takeArrivals(world.options);
  const call: Call = {
    world,
    request,
    url,
    now: world.clock.now(),
    endpoint,
    params: found?.params ?? {},
    requestId: Buffer.from(world.requestIds.id(16), 'base64url').toString('hex'),
    ...content,
  };
  const reply = path === undefined ? badPath(call) : answer(call, found?.route);
  const isLook = request.method === 'GET' || request.method === 'HEAD';
  if (!isLook || world.cloud.accepted.length > acceptedBefore) await world.keep();
  if (reply === 'drop') request.socket.destroy();
  else if (reply !== 'hang' && !response.destroyed) await writeReply(call, reply, response);
}

function decoded(path: string): string | undefined {
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}

/** An error of the simulator itself must not look like a cloud that drops connections. */
export function sendInternalError(response: ServerResponse, error: unknown): void {
  if (response.destroyed || response.headersSent) {
    response.destroy();
    return;
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  response.writeHead(500, { 'content-type': 'application/json' });
  response.end(JSON.stringify({ error: { code: 'SIMULATOR', message } }));
}
