import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { Redis } from 'ioredis';
import { RedisError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { COMPACT_HASHES } from './compact-hashes.ts';
import { freePort } from './free-port.ts';
import { findServer, waitUntilListening } from './server-process.ts';
import { startTetheredShell } from './tethered-shell.ts';

export interface EmbeddedRedis {
  readonly url: string;
  /** Ends the server and deletes its files. */
  close(): Promise<void>;
}

export interface RedisSettings {
  /** @default a free one */
  readonly port?: number;
  /** maxmemory-policy. @default noeviction */
  readonly policy?: string;
}

/**
 * Runs a server in a folder, and removes the folder when the server has ended. When standard input
 * ends, it kills the server: nothing of it is needed any more.
 */
const SERVE = `
folder=$1; shift
exec 3<&0
"$@" > /dev/null 3<&- & server=$!
{ read -r _ <&3; kill -KILL "$server"; } > /dev/null & watcher=$!
exec 3<&-
wait "$server"
kill "$watcher"
rm -rf -- "$folder"
`;

/**
 * A private Redis on loopback with its files in a new temporary folder. Both go when this process ends,
 * also when it is killed.
 * @throws RedisError when no `redis-server` or `valkey-server` is there, or it does not start
 */
export async function startEmbeddedRedis(
  path: string | undefined,
  clock: Clock,
  settings: RedisSettings = {},
): Promise<EmbeddedRedis> {
  const program = await findServer(path);
  const most = settings.port === undefined ? STARTS : 1;
  for (let starts = 1; starts <= most; starts += 1) {
    const port = settings.port ?? (await freePort());
    const redis = await startOn(port, { program, clock, policy: settings.policy });
    if (redis) return redis;
  }
  throw new RedisError('The embedded Redis did not start.');
}

/** A free port may be taken by another program before the server listens there. */
const STARTS = 3;

interface Start {
  readonly program: string;
  readonly clock: Clock;
  readonly policy: string | undefined;
}

/** `undefined` when the server ended by itself, or who answers on the port is another one. */
async function startOn(
  port: number,
  { program, clock, policy }: Start,
): Promise<EmbeddedRedis | undefined> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-redis-'));
  const args = serverArguments(port, folder, policy);
  const shell = startTetheredShell(SERVE, [folder, program, ...args]);
  try {
    await waitUntilListening(shell, port, clock);
  } catch (error) {
    if (!(error instanceof RedisError)) throw error;
    return undefined;
  }
  if (await worksIn(folder, port)) return { url: `redis://127.0.0.1:${port}`, close: shell.end };
  await shell.end();
  return undefined;
}

/** Its folder has a name that no other has. */
async function worksIn(folder: string, port: number): Promise<boolean> {
  const redis = new Redis(port, '127.0.0.1', {
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    commandTimeout: ANSWER_MS,
  });
  redis.on('error', () => undefined);
  try {
    const [, found = ''] = (await redis.config('GET', 'dir')) as string[];
    return basename(found) === basename(folder);
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}

const ANSWER_MS = 10_000;

function serverArguments(port: number, folder: string, policy = 'noeviction'): string[] {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': policy,
    [COMPACT_HASHES.name]: String(COMPACT_HASHES.bytes),
    daemonize: 'no',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}
