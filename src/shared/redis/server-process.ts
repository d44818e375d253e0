import { type ChildProcess, spawn } from 'node:child_process';
import { access, constants } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import { RedisError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';

/** A Redis server that this process has started. */
export interface ServerProcess {
  /** True when it has ended by itself. */
  hasEnded(): boolean;
  /** Ends it, and waits until it is gone. */
  end(): Promise<void>;
}

const START_MS = 10_000;
const END_MS = 2000;

/**
 * The program of an installed `redis-server` or `valkey-server`.
 * @throws RedisError when there is none
 */
export async function findServer(path: string | undefined): Promise<string> {
  const folders = [
    ...(path ?? '').split(delimiter),
    '/usr/bin',
    '/usr/local/bin',
    '/opt/homebrew/bin',
  ];
  for (const name of ['redis-server', 'valkey-server']) {
    for (const folder of folders.filter((entry) => entry !== '')) {
      const file = join(folder, name);
      if (await isExecutable(file)) return file;
    }
  }
  throw new RedisError(
    'No redis-server or valkey-server is installed.',
    'Install one (apt-get install redis-server), or set REDIS_URL to a Redis that is running.',
  );
}

async function isExecutable(file: string): Promise<boolean> {
  return access(file, constants.X_OK).then(
    () => true,
    () => false,
  );
}

/**
 * Starts a server and waits until something listens on its port. Signals of the terminal do not reach
 * it: it has to outlive what works on it.
 * @throws RedisError when it does not start
 */
export async function startServer(
  command: { readonly program: string; readonly args: readonly string[]; readonly port: number },
  clock: Clock,
): Promise<ServerProcess> {
  const { program, args, port } = command;
  const child = spawn(program, args, { stdio: 'ignore', detached: true });
  const hasEnded = (): boolean => child.exitCode !== null || child.signalCode !== null;
  child.once('error', () => undefined);
  const server = { hasEnded, end: () => end(child, clock) };
  await waitUntilListening(server, port, clock);
  return server;
}

/** @throws RedisError when nothing listens on the port; the server has ended then */
export async function waitUntilListening(
  server: ServerProcess,
  port: number,
  clock: Clock,
): Promise<void> {
  const from = clock.monotonic();
  while (!(await isListening(port))) {
    if (server.hasEnded() || clock.monotonic() - from > START_MS) {
      await server.end();
      throw new RedisError('The embedded Redis did not start.');
    }
    await clock.sleep(20);
  }
}

async function isListening(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    socket.once('connect', () => socket.destroy());
  });
}

/** Redis does not heed SIGTERM while it writes its first append-only file. */
async function end(child: ChildProcess, clock: Clock): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const gone = new AbortController();
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.once('exit', () => gone.abort());
  child.kill('SIGTERM');
  await clock.sleep(END_MS, gone.signal);
  if (!gone.signal.aborted) child.kill('SIGKILL');
  await ended;
}
