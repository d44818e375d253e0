import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clock } from '../runtime/clock.ts';
import { COMPACT_HASHES } from './compact-hashes.ts';
import { freePort } from './free-port.ts';
import { findServer, startServer } from './server-process.ts';

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
 * A private Redis on loopback with its files in a new temporary folder.
 * @throws RedisError when no `redis-server` or `valkey-server` is there, or it does not start
 */
export async function startEmbeddedRedis(
  path: string | undefined,
  clock: Clock,
  settings: RedisSettings = {},
): Promise<EmbeddedRedis> {
  const program = await findServer(path);
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-redis-'));
  const port = settings.port ?? (await freePort());
  const remove = (): Promise<void> => rm(folder, { recursive: true, force: true });
  try {
    const args = serverArguments(port, folder, settings.policy);
    const server = await startServer({ program, args, port }, clock);
    const close = () => server.end().then(remove);
    return { url: `redis://127.0.0.1:${port}`, close };
  } catch (error) {
    await remove();
    throw error;
  }
}

function serverArguments(port: number, folder: string, policy = 'noeviction'): string[] {
  const settings = {
    port: String(port),
    bind: '127.0.0.1',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
    'maxmemory-policy': policy,
    [COMPACT_HASHES.name]: String(COMPACT_HASHES.bytes),
    daemonize: 'no',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}
