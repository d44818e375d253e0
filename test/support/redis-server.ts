import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisError } from '../../src/shared/errors/errors.ts';
import { findServer, isListening, runTethered } from '../../src/shared/redis/redis-server.ts';
import { freePort } from './free-port.ts';
import { until } from './until.ts';

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

const PORT = 6379;
/** Nothing that was confirmed is lost. */
export const SAFE_SETTINGS = [
  '--save',
  '',
  '--appendonly',
  'yes',
  '--appendfsync',
  'always',
  '--maxmemory-policy',
  'noeviction',
];

/**
 * A real Redis of one test file: an installed server, or a container where none is installed or
 * IMS_FERRY_TEST_REDIS=container asks for one.
 */
export async function startTestRedis(): Promise<TestRedis> {
  const wanted = process.env['IMS_FERRY_TEST_REDIS'] ?? '';
  if (wanted === 'container') return startContainer();
  if (wanted !== '') throw new TypeError(`IMS_FERRY_TEST_REDIS is ${wanted}; allowed is container`);
  try {
    return await startInstalled();
  } catch (error) {
    if (error instanceof RedisError && (await dockerAnswers())) return startContainer();
    throw error;
  }
}

const STARTS = 3;

/** On a port: proxies and clients of other programs have to reach it. */
async function startInstalled(): Promise<TestRedis> {
  const program = await findServer(process.env['PATH']);
  for (let starts = 1; starts <= STARTS; starts += 1) {
    const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-test-redis-'));
    const port = await freePort();
    const at = ['--port', String(port), '--bind', '127.0.0.1', '--dir', folder];
    const shell = runTethered([program, ...at, ...SAFE_SETTINGS], folder);
    await until(async () => shell.hasEnded() || (await isListening(port)));
    const url = `redis://127.0.0.1:${port}`;
    if (await worksIn(folder, url)) return { url, stop: shell.end };
    await shell.end();
  }
  throw new Error(`redis-server ended ${STARTS} times`);
}

/** Whoever has taken the port meanwhile works elsewhere. */
async function worksIn(folder: string, url: string): Promise<boolean> {
  const redis = new Redis(url, { retryStrategy: () => null, maxRetriesPerRequest: 0 });
  redis.on('error', () => undefined);
  const answer: unknown = await redis.config('GET', 'dir').catch(() => undefined);
  redis.disconnect();
  return Array.isArray(answer) && basename(String(answer[1])) === basename(folder);
}

async function dockerAnswers(): Promise<boolean> {
  const { getContainerRuntimeClient } = await import('testcontainers');
  return getContainerRuntimeClient().then(
    () => true,
    () => false,
  );
}

/** Starts an image of Redis or Valkey; an anonymous port of this machine leads to it. */
export async function startContainer(
  image = 'redis:8-alpine',
  program = 'redis-server',
): Promise<TestRedis> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const container = await new GenericContainer(image)
    // The program is named too: not every image has a start script that adds it.
    .withCommand([program, ...SAFE_SETTINGS, '--protected-mode', 'no'])
    // In memory: an anonymous volume would outlive a killed test run.
    .withTmpFs({ '/data': 'rw' })
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start();
  const url = `redis://${container.getHost()}:${container.getMappedPort(PORT)}`;
  return { url, stop: async () => void (await container.stop({ remove: true })) };
}
