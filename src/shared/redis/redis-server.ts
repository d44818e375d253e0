import { spawn } from 'node:child_process';
import { access, constants, statfs } from 'node:fs/promises';
import { connect } from 'node:net';
import { delimiter, join } from 'node:path';
import type { Readable } from 'node:stream';
import { RedisError, UsageError } from '../errors/errors.ts';
import type { Clock } from '../runtime/clock.ts';
import { COMPACT_HASHES } from './redis-facts.ts';

/** A shell script that cleans up after this process, however it ends. */
interface TetheredShell {
  readonly stdout: Readable;
  hasEnded(): boolean;
  /** Ends its standard input, and waits until the script has ended. */
  end(): Promise<void>;
}

export interface RunningServer {
  readonly url: string;
  /** True when it has ended by itself. */
  hasEnded(): boolean;
  /** Kills it: whatever it has answered is in its append-only file. */
  end(): Promise<void>;
}

const START_MS = 10_000;
const SOCKET = 'redis.sock';
/** The shortest limit among the systems (macOS: 104 with the final zero). */
const LONGEST_SOCKET_BYTES = 103;

/**
 * Runs a server until standard input ends, then kills it; removes a file or folder when it has ended.
 * It kills only its own child, so no recycled process id can be hit.
 */
const SERVE = `
removes=$1; shift
exec 3<&0
"$@" > /dev/null 3<&- & server=$!
{ read -r _ <&3; kill -KILL "$server"; } > /dev/null & watcher=$!
exec 3<&-
wait "$server"
kill "$watcher"
rm -rf -- "$removes"
`;

/**
 * The program of an installed `redis-server` or `valkey-server`.
 * @throws RedisError when there is none
 */
export async function findServer(path: string | undefined): Promise<string> {
  const usual = ['/usr/bin', '/usr/local/bin', '/opt/homebrew/bin'];
  const folders = [...(path ?? '').split(delimiter), ...usual].filter((entry) => entry !== '');
  for (const name of ['redis-server', 'valkey-server']) {
    for (const file of folders.map((folder) => join(folder, name))) {
      const isExecutable = access(file, constants.X_OK).then(() => true);
      if (await isExecutable.catch(() => false)) return file;
    }
  }
  throw new RedisError(
    'No redis-server or valkey-server is installed.',
    'Install one (apt-get install redis-server), or set REDIS_URL to a Redis that is running.',
  );
}

/**
 * Starts a server on a Unix socket in its folder, and waits until it listens. It ends with this
 * process, also when that is killed; `removes` goes when the server has ended.
 * @throws RedisError when it does not start
 * @throws UsageError when the folder's path is no place for a socket
 */
export async function startServer(
  folder: string,
  program: string,
  env: { readonly clock: Clock; readonly removes: string },
): Promise<RunningServer> {
  const socket = socketIn(folder);
  const shell = runTethered([program, ...argumentsFor(folder, socket)], env.removes);
  const from = env.clock.monotonic();
  while (!(await isListening(socket))) {
    if (shell.hasEnded() || env.clock.monotonic() - from > START_MS) {
      await shell.end();
      throw await notStarted(folder, program);
    }
    await env.clock.sleep(20);
  }
  return { url: `unix://${socket}`, hasEnded: shell.hasEnded, end: shell.end };
}

async function notStarted(folder: string, program: string): Promise<RedisError> {
  const room = await statfs(folder).catch(() => undefined);
  const why = room?.bavail === 0 ? ': the disk is full' : '';
  return new RedisError(
    `The embedded Redis did not start in ${folder}${why}.`,
    why === '' ? `Run ${program} in that folder to see why.` : 'Make room there.',
  );
}

/** Runs a server that ends with this process; then `removes` is removed. */
export function runTethered(server: readonly string[], removes: string): TetheredShell {
  return startTetheredShell(SERVE, [removes, ...server]);
}

function argumentsFor(folder: string, socket: string): string[] {
  const settings = {
    port: '0',
    unixsocket: socket,
    unixsocketperm: '700',
    dir: folder,
    save: '',
    appendonly: 'yes',
    appendfsync: 'always',
    'maxmemory-policy': 'noeviction',
    [COMPACT_HASHES.name]: String(COMPACT_HASHES.bytes),
    daemonize: 'no',
  };
  return Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
}

/** @throws UsageError when no socket can be there, or no URL can name it */
export function socketIn(folder: string): string {
  const socket = join(folder, SOCKET);
  const most = LONGEST_SOCKET_BYTES - SOCKET.length - 1;
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_BYTES) {
    throw new UsageError(
      `The path of ${folder} is too long for the socket of Redis: at most ${most} bytes.`,
      'Use a folder with a shorter path (--data for up, TMPDIR for demo).',
    );
  }
  if (socket.includes('?')) {
    throw new UsageError(`The path of the embedded Redis must not contain "?": ${folder}`);
  }
  return socket;
}

/** Whether a process listens on a Unix socket, or on a port of loopback. */
export function isListening(at: string | number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = typeof at === 'string' ? connect(at) : connect(at, '127.0.0.1');
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    // Anything else, such as a full backlog, means that there is one.
    socket.once('error', ({ code }: NodeJS.ErrnoException) => {
      resolve(code !== 'ECONNREFUSED' && code !== 'ENOENT');
    });
  });
}

/**
 * Starts a script whose standard input ends when this process ends, or when `end` is called: where the
 * process is killed, the kernel closes the pipe. Signals of the terminal do not reach the script.
 */
export function startTetheredShell(script: string, args: readonly string[]): TetheredShell {
  const child = spawn('/bin/sh', ['-c', script, 'sh', ...args], {
    stdio: ['pipe', 'pipe', 'ignore'],
    detached: true,
  });
  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const settle = (): void => {
      hasEnded = true;
      resolve();
    };
    child.once('exit', settle).once('error', settle);
  });
  child.stdin.on('error', () => undefined);
  return {
    stdout: child.stdout,
    hasEnded: () => hasEnded,
    end: () => {
      child.stdin.end();
      return ended;
    },
  };
}
