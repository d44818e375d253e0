import { join } from 'node:path';
import { startSimulator } from '../../../simulator/start-simulator.ts';
import { startFerry } from '../../soak/ferry-process.ts';
import { benchRedis } from '../bench-redis.ts';
import { ferryEnv } from '../ferry-env.ts';

export interface ColdStart {
  readonly folder: string;
  readonly path: string;
  readonly workers: number;
}

/** So long IAM takes for each answer: time enough for others to come to the same thought. */
const LOGIN_MS = 2500;

/**
 * Starts workers at once over an empty Redis: none has a token. Answers how many logins they made until
 * every one of them was ready for images.
 */
export async function coldLogins({ folder, path, workers }: ColdStart): Promise<number> {
  const redis = await benchRedis(path);
  const simulator = await startSimulator({ latencyMs: LOGIN_MS });
  const logFile = join(folder, 'cold.log');
  const env = ferryEnv(simulator, redis.url, { LOG_LEVEL: 'info' });
  const fleet = Array.from({ length: workers }, () => {
    const ready = Promise.withResolvers<void>();
    const onLine = (line: string): void => {
      if (line.includes('worker started')) ready.resolve();
    };
    const ferry = startFerry({ args: ['work'], env, logFile, onLine });
    void ferry.ended.then((code) => ready.reject(new Error(`a worker ended with ${code}`)));
    return { ...ferry, ready: ready.promise };
  });
  try {
    await Promise.all(fleet.map(({ ready }) => ready));
    return simulator.stats.logins;
  } finally {
    for (const { child } of fleet) child.kill('SIGTERM');
    await Promise.all(fleet.map(({ ended }) => ended));
    await simulator.close();
    await redis.close();
  }
}
