import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { passwordLogin } from '../../simulator/environment.ts';
import type { Simulator } from '../../simulator/start-simulator.ts';
import type { BatchStatus } from '../../src/producer/batch-status.ts';

/** `NODE_COMPILE_CACHE` of processes: compiled sources are kept, or each would compile them again. */
export const CACHE = fileURLToPath(new URL('../../node_modules/.cache/node', import.meta.url));
export const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

export type FerryEnv = Readonly<Record<string, string>>;

export interface Start {
  readonly args: readonly string[];
  readonly env: FerryEnv;
  /** Receives its standard error. */
  readonly logFile: string;
  readonly onLine?: (line: string) => void;
}

export interface FerryProcess {
  readonly child: ChildProcess;
  /** Exit code or signal, after the last line was read. */
  readonly ended: Promise<number | string>;
  readonly stdout: Promise<string>;
}

export function startFerry({ args, env, logFile, onLine }: Start): FerryProcess {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', NODE_COMPILE_CACHE: CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // Ctrl-C is for the soak, which ends them in order.
    detached: true,
  });
  endWithUs(child);
  const lines = createInterface({ input: child.stderr });
  lines.on('line', (line) => {
    appendFileSync(logFile, `${line}\n`);
    onLine?.(line);
  });
  const read = new Promise((resolve) => lines.once('close', resolve));
  const ended = new Promise<number | string>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => void read.then(() => resolve(code ?? signal ?? 'gone')));
  });
  let stdout = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  return { child, ended, stdout: ended.then(() => stdout) };
}

const children = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Detached processes do not end with this one by themselves. */
export function endWithUs(child: ChildProcess): void {
  children.add(child);
  child.once('exit', () => children.delete(child));
}

/** Runs a command to its end. @throws Error when it ends with another code than `allowed` */
export async function runFerry(start: Start, allowed: readonly number[] = [0]): Promise<string> {
  const lines: string[] = [];
  const ferry = startFerry({ ...start, onLine: (line) => lines.push(line) });
  const code = await ferry.ended;
  if (typeof code === 'number' && allowed.includes(code)) return ferry.stdout;
  throw new Error(`ims-ferry ${start.args.join(' ')} ended with ${code}:\n${lines.join('\n')}`);
}

/** `status BATCH --json`. */
export async function statusOf(
  batch: string,
  at: Pick<Start, 'env' | 'logFile'>,
): Promise<BatchStatus> {
  return JSON.parse(await runFerry({ ...at, args: ['status', batch, '--json'] }, [0, 1]));
}

/** Redis and the account of the simulator. */
export function loginEnv(simulator: Simulator, redisUrl: string): FerryEnv {
  return {
    REDIS_URL: redisUrl,
    ...passwordLogin(simulator),
    // Deriving a key from the password would take each new worker a while.
    IMS_FERRY_TOKEN_KEY: Buffer.alloc(32, 'key').toString('base64'),
  };
}
