import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
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
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-redis-'));
  const port = settings.port ?? (await freePort());
  const args = serverArguments(port, folder, settings.policy);
  const shell = startTetheredShell(SERVE, [folder, program, ...args]);
  await waitUntilListening(shell, port, clock);
  return { url: `redis://127.0.0.1:${port}`, close: shell.end };
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
