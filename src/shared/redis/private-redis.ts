import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { codeOf } from '../errors/error-code.ts';
import { RedisError, UsageError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { COMPACT_HASHES } from './redis-facts.ts';
import { findServer, startServer, startTetheredShell } from './redis-server.ts';

/** A Redis for this process only; it and its data go when the process ends, also when it is killed. */
interface PrivateRedis {
  readonly url: string;
  close(): Promise<void>;
}

const IMAGE = 'redis:8-alpine';

/**
 * An installed server in a new temporary folder, or a container where none is installed.
 * @throws RedisError when there is neither
 */
export async function startPrivateRedis(
  path: string | undefined,
  clock: Clock,
): Promise<PrivateRedis> {
  try {
    const program = await findServer(path);
    const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-redis-')).catch(noFolder);
    const { url, end } = await startServer(folder, program, { clock, removes: folder });
    return { url, close: end };
  } catch (error) {
    const container = error instanceof RedisError ? await startContainer() : undefined;
    if (container) return container;
    throw error;
  }
}

function noFolder(error: unknown): never {
  const what = `No folder for a Redis can be made in ${tmpdir()} (${codeOf(error)}).`;
  throw new UsageError(what, 'Name another place with TMPDIR.');
}

/** Starts a container, prints its port, and removes it when standard input ends. */
const SERVE = `
id=$("$@") || exit 1
docker port "$id" 6379/tcp && read -r _
docker rm --force --volumes "$id" > /dev/null
`;

/** `undefined` where Docker does not answer or the image is not available. */
async function startContainer(): Promise<PrivateRedis | undefined> {
  const run = 'docker run --detach --rm --publish 127.0.0.1::6379 --tmpfs /data';
  const server = 'redis-server --appendonly yes --appendfsync always --protected-mode no';
  const hashes = `--${COMPACT_HASHES.name} ${COMPACT_HASHES.bytes}`;
  const words = `${run} ${IMAGE} ${server} ${hashes}`.split(' ');
  const shell = startTetheredShell(SERVE, [...words, '--save', '']);
  for await (const line of createInterface({ input: shell.stdout })) {
    const port = /:(\d+)$/.exec(line)?.[1];
    if (port !== undefined) return { url: `redis://127.0.0.1:${port}`, close: shell.end };
  }
  return undefined;
}
