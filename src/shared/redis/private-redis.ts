import { createInterface } from 'node:readline';
import { RedisError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { COMPACT_HASHES } from './compact-hashes.ts';
import { type EmbeddedRedis, type RedisSettings, startEmbeddedRedis } from './embedded-redis.ts';
import { startTetheredShell } from './tethered-shell.ts';

const IMAGE = 'redis:8-alpine';

/**
 * A private Redis on loopback: an installed server, or a container where none is installed.
 * @throws RedisError when there is neither
 */
export async function startPrivateRedis(
  path: string | undefined,
  clock: Clock,
  settings: RedisSettings = {},
): Promise<EmbeddedRedis> {
  try {
    return await startEmbeddedRedis(path, clock, settings);
  } catch (error) {
    const container = error instanceof RedisError ? await startContainer(settings) : undefined;
    if (container) return container;
    throw error;
  }
}

/** Starts a container, writes its port, and removes it when standard input ends. */
const SERVE = `
id=$("$@") || exit 1
docker port "$id" 6379/tcp && read -r _
docker rm --force --volumes "$id" > /dev/null
`;

/** `undefined` where Docker does not answer or the image cannot be had. */
async function startContainer(settings: RedisSettings): Promise<EmbeddedRedis | undefined> {
  const publish = `127.0.0.1:${settings.port ?? ''}:6379`;
  const policy = settings.policy ?? 'noeviction';
  const options = ['--detach', '--rm', '--publish', publish, '--tmpfs', '/data'];
  const server = [
    'redis-server',
    '--save',
    '',
    '--appendonly',
    'yes',
    '--appendfsync',
    'always',
    '--protected-mode',
    'no',
  ];
  const hashes = [`--${COMPACT_HASHES.name}`, String(COMPACT_HASHES.bytes)];
  const all = ['run', ...options, IMAGE, ...server, '--maxmemory-policy', policy, ...hashes];
  const shell = startTetheredShell(SERVE, ['docker', ...all]);
  for await (const line of createInterface({ input: shell.stdout })) {
    const port = /:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { url: `redis://127.0.0.1:${port}`, close: shell.end };
  }
  return undefined;
}
