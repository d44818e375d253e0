import { mkdir, realpath } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisError } from '../errors/errors.ts';
import { writeWhole } from '../files/write-file.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import { COMPACT_HASHES } from './compact-hashes.ts';
import { ownFolder } from './folder-owner.ts';
import { type Access, accessOf, knownAccess, movedAccess } from './redis-access.ts';
import { findServer, startServer } from './server-process.ts';

/** A Redis of our own whose data stays on disk. */
export interface LastingRedis {
  /** With the password that is in the folder. */
  readonly url: string;
  readonly folder: string;
  /** Ends the server; its data stay. */
  close(): Promise<void>;
}

/** A server that runs on the folder. */
interface Running {
  readonly url: string;
  end(): Promise<void>;
}

export interface LastingSettings {
  readonly folder: string;
  /** PATH, to find the server's program. */
  readonly path: string | undefined;
  readonly clock: Clock;
  readonly random: Random;
}

const CONFIG = 'redis.conf';

/**
 * The Redis of a folder: started, or taken over where whoever started it was killed and it still runs.
 * It listens on loopback, asks for a password, and has one owner.
 * @throws RedisError when no server program is there, or it does not start
 * @throws UsageError when another process owns it
 */
export async function openLastingRedis(settings: LastingSettings): Promise<LastingRedis> {
  const { clock } = settings;
  await mkdir(settings.folder, { recursive: true, mode: 0o700 });
  const folder = await realpath(settings.folder);
  const running = await run({ ...settings, folder });
  const redis = new Redis(running.url);
  redis.on('error', () => undefined);
  try {
    const owner = await ownFolder(redis, { folder, clock, pid: process.pid });
    const close = async (): Promise<void> => {
      await owner.release();
      redis.disconnect();
      await running.end();
    };
    return { url: running.url, folder, close };
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

/** The address of the server that runs on a folder; `undefined` when none does, or it is not ours. */
export async function findLastingRedis(folder: string): Promise<string | undefined> {
  const access = await knownAccess(folder).catch(() => undefined);
  const real = await realpath(folder).catch(() => undefined);
  if (!access || real === undefined) return undefined;
  const running = await takeOver(access, real).catch(() => undefined);
  return running?.url;
}

async function run(settings: LastingSettings): Promise<Running> {
  const { folder } = settings;
  const access = await accessOf(settings);
  const running = await takeOver(access, folder);
  if (running) return running;
  try {
    return await start(access, settings);
  } catch (error) {
    // Somebody else was faster, or the port is another program's now.
    const other = await takeOver(access, folder);
    if (other) return other;
    if (!(error instanceof RedisError)) throw error;
    return start(await movedAccess(settings, access.password), settings);
  }
}

async function start(access: Access, settings: LastingSettings): Promise<Running> {
  const { folder, path, clock } = settings;
  const program = await findServer(path);
  const config = await writeConfig(access, settings);
  const server = await startServer({ program, args: [config], port: access.port }, clock);
  const running = await takeOver(access, folder);
  if (!running) {
    await server.end();
    throw new RedisError(`The Redis in ${folder} did not start; is port ${access.port} taken?`);
  }
  // One that ended at once was not ours: another one has the port, with the same folder.
  return { ...running, end: () => (server.hasEnded() ? running.end() : server.end()) };
}

/**
 * In a file: the arguments of a process are there for everybody to read. It is put in its place whole: a
 * server that another process starts meanwhile and that read half of it, or nothing, would listen to
 * everybody, without a password.
 */
async function writeConfig(access: Access, { folder, random }: LastingSettings): Promise<string> {
  const config = join(folder, CONFIG);
  await writeWhole(config, [configText(access, folder)], { random, mode: 0o600 });
  return config;
}

function configText({ port, password }: Access, folder: string): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `requirepass ${password}`,
    `dir ${JSON.stringify(folder)}`,
    'save ""',
    'appendonly yes',
    'appendfsync always',
    'maxmemory-policy noeviction',
    `${COMPACT_HASHES.name} ${COMPACT_HASHES.bytes}`,
    'daemonize no',
    '',
  ].join('\n');
}

const CONNECT_MS = 5000;
/** A large ledger takes its time to be loaded. */
const LOAD_MS = 60_000;

/** The server that runs on this folder, if there is one. */
async function takeOver(access: Access, folder: string): Promise<Running | undefined> {
  const url = `redis://:${access.password}@127.0.0.1:${access.port}`;
  const redis = quietly(url);
  try {
    const [, dir] = (await redis.config('GET', 'dir')) as string[];
    if (dir !== folder) return undefined;
  } catch (error) {
    const isSilent = error instanceof Error && error.message === 'Command timed out';
    if (!isSilent) return undefined;
    throw new RedisError(`The Redis in ${folder} does not answer.`, 'End it, and start again.');
  } finally {
    redis.disconnect();
  }
  return { url, end: () => shutDown(url) };
}

async function shutDown(url: string): Promise<void> {
  const redis = quietly(url);
  // It closes the connection instead of answering.
  await redis.call('SHUTDOWN', 'NOSAVE').catch(() => undefined);
  redis.disconnect();
}

/** One that gives up at once; while it loads its data it is waited for. */
function quietly(url: string): Redis {
  const redis = new Redis(url, {
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: CONNECT_MS,
    commandTimeout: LOAD_MS,
  });
  redis.on('error', () => undefined);
  return redis;
}
