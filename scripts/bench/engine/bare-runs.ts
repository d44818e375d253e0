import { startSimulator } from '../../../simulator/start-simulator.ts';
import type { Ground } from '../bench.ts';
import { benchRedis } from '../bench-redis.ts';
import { tokenOf } from '../token-of.ts';
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
    const token = await tokenOf(simulator);
    const { projectId } = simulator.state.options;
    const args = [client, simulator.url, String(images), CONCURRENCY, token, projectId];
    return await runBare('./bare-http.ts', args);
  } finally {
    await simulator.close();
  }
}

export async function bareQueues({ path }: Ground, images: number): Promise<BareRun> {
  const redis = await benchRedis(path);
  try {
    return await runBare('./bare-queues.ts', [redis.url, String(images), CONCURRENCY]);
  } finally {
    await redis.close();
  }
}
