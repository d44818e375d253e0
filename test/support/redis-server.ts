import { RedisError } from '../../src/shared/errors/errors.ts';
import { startEmbeddedRedis } from '../../src/shared/redis/embedded-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';

export interface TestRedis {
  readonly url: string;
  stop(): Promise<void>;
}

const PORT = 6379;
const SETTINGS = [
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

async function startInstalled(): Promise<TestRedis> {
  const redis = await startEmbeddedRedis(process.env['PATH'], systemClock);
  return { url: redis.url, stop: () => redis.close() };
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
    .withCommand([program, ...SETTINGS, '--protected-mode', 'no'])
    // In memory: an anonymous volume would outlive a killed test run.
    .withTmpFs({ '/data': 'rw' })
    .withExposedPorts(PORT)
    .withWaitStrategy(Wait.forLogMessage(/Ready to accept connections/))
    .start();
  const url = `redis://${container.getHost()}:${container.getMappedPort(PORT)}`;
  return { url, stop: async () => void (await container.stop({ remove: true })) };
}
