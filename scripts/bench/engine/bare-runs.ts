import { startPrivateRedis } from '../../../src/shared/redis/private-redis.ts';
import { systemClock } from '../../../src/shared/runtime/clock.ts';
import { startSimulator } from '../../../src/simulator/start-simulator.ts';
import type { Ground } from '../bench.ts';
import { type BareRun, runBare } from './run-script.ts';

const CONCURRENCY = '50';

/** The three calls of each image by one client, against an instant cloud. */
export async function bareHttp(client: 'ky' | 'undici', images: number): Promise<BareRun> {
  const simulator = await startSimulator({
    durationMs: 0,
    taskLimit: 100_000,
    imageQuota: 10_000_000,
  });
  try {
    const token = await tokenOf(simulator.url, simulator.credentials);
    const { projectId } = simulator.state.options;
    const args = [client, simulator.url, String(images), CONCURRENCY, token, projectId];
    return await runBare('./bare-http.ts', args);
  } finally {
    await simulator.close();
  }
}

export async function bareQueues({ path }: Ground, images: number): Promise<BareRun> {
  const redis = await startPrivateRedis(path, systemClock);
  try {
    return await runBare('./bare-queues.ts', [redis.url, String(images), CONCURRENCY]);
  } finally {
    await redis.close();
  }
}

interface Login {
  readonly username: string;
  readonly password: string;
  readonly userDomainName: string;
  readonly projectName: string;
}

async function tokenOf(url: string, login: Login): Promise<string> {
  const domain = { name: login.userDomainName };
  const user = { name: login.username, password: login.password, domain };
  const identity = { methods: ['password'], password: { user } };
  const scope = { project: { name: login.projectName, domain } };
  const answer = await fetch(`${url}/v3/auth/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ auth: { identity, scope } }),
  });
  const token = answer.headers.get('x-subject-token');
  if (token === null) throw new Error(`no token: ${answer.status} ${await answer.text()}`);
  return token;
}
