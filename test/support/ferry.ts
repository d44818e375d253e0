import { type ChildProcess, spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { CACHE } from '../../scripts/soak/compile-cache.ts';
import { historyOfTest } from './recorded-history.ts';

const CLI = fileURLToPath(new URL('../../src/cli.ts', import.meta.url));

/** A process of ours under test. It is ended with its test, whatever happens. */
export interface Ferry {
  readonly process: ChildProcess;
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code; a signal's name when it was killed. */
  readonly exited: Promise<number | string>;
  /** Resolves when standard error has shown this text. */
  says(text: string): Promise<void>;
}

export type FerryEnv = Readonly<Record<string, string>>;

/** Starts `ims-ferry ARGS` with this environment and nothing of ours. */
export function startFerry(args: readonly string[], env: FerryEnv): Ferry {
  const child = spawn(process.execPath, [CLI, ...args], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', NODE_COMPILE_CACHE: CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  // Asked for first: it is looked at last, when the process has ended.
  const history = args[0] === 'work' ? historyOfTest() : [];
  let stdout = '';
  let stderr = '';
  const heard: (() => void)[] = [];
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
    for (const listener of heard) listener();
  });
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      history.push(...stderr.split('\n'));
      resolve(code ?? signal ?? 'gone');
    });
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  const says = (text: string): Promise<void> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        if (stderr.includes(text)) resolve();
      };
      heard.push(look);
      look();
      void exited.then(() => {
        look();
        reject(new Error(`ended without saying "${text}":\n${stderr}`));
      });
    });
  return { process: child, stdout: () => stdout, stderr: () => stderr, exited, says };
}

/** Runs `ims-ferry ARGS` to its end. */
export async function runFerry(
  args: readonly string[],
  env: FerryEnv,
): Promise<{ code: number | string; stdout: string; stderr: string }> {
  const ferry = startFerry(args, env);
  const code = await ferry.exited;
  return { code, stdout: ferry.stdout(), stderr: ferry.stderr() };
}
