import type { Simulator } from '../../simulator/start-simulator.ts';
import { createHttp } from '../../src/shared/cloud/http/http.ts';
import { login } from '../../src/shared/cloud/iam/login.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { cloudOf } from './cloud-config.ts';
import type { Keystone } from './keystone.ts';
import { rawServer } from './raw-server.ts';

/** A gateway in front of IMS that lets Keystone verify tokens, as the cloud's own does. */
export interface Gateway {
  readonly url: string;
  /** The tokens that were good, in the order of their first call. */
  readonly tokens: ReadonlySet<string>;
  /** How often a token was refused. */
  refused(): number;
}

const ASK_MS = 1000;

/** Of the simulator itself, for what the gateway lets through. */
async function ownToken(simulator: Simulator): Promise<string> {
  const http = createHttp({ clock: systemClock, allowHttp: false });
  try {
    const { token } = await login({ http, cloud: cloudOf(simulator), now: systemClock.now });
    return token ?? '';
  } finally {
    await http.close();
  }
}

export async function gatewayBefore(
  simulator: Simulator,
  keystone: Keystone,
  projectId: string,
): Promise<Gateway> {
  const tokens = new Set<string>();
  const known = new Map<string, Promise<boolean>>();
  /** Gateways call IAM only now and then, and once for all waiting requests: Keystone's own server takes one at a time. */
  const isGood = (token: string): Promise<boolean> => {
    const last = known.get(token);
    if (last) return last;
    const fresh = keystone.knows(token, projectId);
    known.set(token, fresh);
    const forget = (): void => void known.delete(token);
    fresh.then(() => setTimeout(forget, ASK_MS).unref(), forget);
    return fresh;
  };
  let refused = 0;
  const own = await ownToken(simulator);
  const server = await rawServer((request, response, body) => {
    const token = String(request.headers['x-auth-token'] ?? '');
    const pass = async (): Promise<void> => {
      if (!(await isGood(token))) {
        refused += 1;
        const error = { error_code: 'APIGW.0307', error_msg: 'The token must be updated' };
        response.writeHead(401, { 'content-type': 'application/json' }).end(JSON.stringify(error));
        return;
      }
      tokens.add(token);
      const method = request.method ?? 'GET';
      const answer = await fetch(`${simulator.url}${request.url ?? '/'}`, {
        method,
        headers: { 'content-type': 'application/json', 'x-auth-token': own },
        ...(method === 'POST' ? { body } : {}),
      });
      const date = answer.headers.get('date') ?? '';
      const headers = { 'content-type': 'application/json', date };
      response.writeHead(answer.status, headers).end(await answer.text());
    };
    pass().catch(() => response.destroy());
  });
  return { url: server.url, tokens, refused: () => refused };
}
