import { type ChildProcess, spawn } from 'node:child_process';
import { appendFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { CACHE } from './compile-cache.ts';
import { endWithUs } from './end-with-us.ts';
import type { FerryEnv } from './worker-env.ts';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

export interface Start {
  readonly args: readonly string[];
  readonly env: FerryEnv;
  /** What it says on standard error is kept here. */
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

/** Runs a command to its end. @throws Error when it ends with something else than `allowed` */
export async function runFerry(start: Start, allowed: readonly number[] = [0]): Promise<string> {
  const said: string[] = [];
  const ferry = startFerry({ ...start, onLine: (line) => said.push(line) });
  const code = await ferry.ended;
  if (typeof code === 'number' && allowed.includes(code)) return ferry.stdout;
  throw new Error(`ims-ferry ${start.args.join(' ')} ended with ${code}:\n${said.join('\n')}`);
}
