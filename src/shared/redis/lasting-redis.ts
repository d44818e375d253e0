import { mkdir, readFile, realpath, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { codeOf } from '../errors/error-code.ts';
import { RedisError, UsageError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import { lockFolder } from './folder-lock.ts';
import {
  findServer,
  isListening,
  type RunningServer,
  socketIn,
  startServer,
} from './redis-server.ts';

/** A Redis of our own whose data stays on disk. */
interface LastingRedis {
  readonly url: string;
  readonly folder: string;
  /** Ends the server; its data stays. */
  close(): Promise<void>;
}

interface LastingSettings {
  readonly folder: string;
  /** PATH, to find the server's program. */
  readonly path: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

const END_MS = 10_000;

/**
 * Starts the Redis of a folder. It ends with this process, also when that is killed.
 * @throws RedisError when no server program is installed, or it does not start
 * @throws UsageError when another process works with the folder
 */
export async function openLastingRedis(settings: LastingSettings): Promise<LastingRedis> {
  const { path, clock, random } = settings;
  const program = await findServer(path);
  await makeFolder(settings.folder);
  const folder = await realpath(settings.folder);
  const socket = socketIn(folder);
  const lock = await lockFolder(folder, random);
  try {
    await refuseOlderServer(folder);
    await endServer(socket, clock);
    const server = await startServer(folder, program, { clock, removes: socket });
    await untilLoaded(server, { program, folder });
    const close = async (): Promise<void> => {
      await endServer(socket, clock);
      await server.end();
      await lock.release();
    };
    return { url: server.url, folder, close };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** @throws UsageError when it cannot be made */
async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new UsageError(
      `The data folder of the embedded Redis, ${folder}, cannot be made (${codeOf(error)}).`,
      'Name another one with --data, or set REDIS_URL to a running Redis.',
    );
  });
}

/** The address of the server that runs on a folder; `undefined` when none does. */
export async function findLastingRedis(folder: string): Promise<string | undefined> {
  try {
    const socket = socketIn(await realpath(folder));
    return (await isListening(socket)) ? `unix://${socket}` : undefined;
  } catch {
    return undefined;
  }
}

/** Ends the server that listens there, if any: ours, or one whose process has just been killed. */
async function endServer(socket: string, clock: Clock): Promise<void> {
  const from = clock.monotonic();
  while (await isListening(socket)) {
    if (clock.monotonic() - from > END_MS) {
      throw new RedisError(`The Redis at ${socket} does not end.`, 'Kill it, and start again.');
    }
    const redis = connectTo(socket, { enableReadyCheck: false, commandTimeout: END_MS });
    // It closes the connection instead of answering.
    await redis.call('SHUTDOWN', 'NOSAVE').catch(() => undefined);
    redis.disconnect();
    await clock.sleep(20);
  }
}

/** A large ledger takes its time. */
async function untilLoaded(
  server: RunningServer,
  { program, folder }: { readonly program: string; readonly folder: string },
): Promise<void> {
  const redis = connectTo(server.url.slice('unix://'.length));
  try {
    await redis.ping();
  } catch {
    await server.end();
    throw new RedisError(
      'The embedded Redis ended while it loaded its data.',
      `Run ${program} in ${folder} to see why.`,
    );
  } finally {
    redis.disconnect();
  }
}

function connectTo(
  path: string,
  more: Pick<RedisOptions, 'enableReadyCheck' | 'commandTimeout'> = {},
): Redis {
  const once = { retryStrategy: () => null, maxRetriesPerRequest: 0 };
  const redis = new Redis({ path, ...once, ...more });
  redis.on('error', () => undefined);
  return redis;
}

/**
 * Before there were sockets the server had a port and outlived its process. Two servers on one
 * append-only file would ruin it.
 */
async function refuseOlderServer(folder: string): Promise<void> {
  const access = join(folder, 'access.json');
  const text = await readFile(access, 'utf8').catch(() => undefined);
  if (text === undefined) return;
  const port = Number(/"port":(\d+)/.exec(text)?.[1] ?? 0);
  if (port > 0 && (await isListening(port))) {
    throw new UsageError(
      `An older ims-ferry up may have left a Redis on port ${port} that works with ${folder}.`,
      `End that process and start again; if it is another program, remove ${access}.`,
    );
  }
  await rm(access);
  await rm(join(folder, 'redis.conf'), { force: true });
}
