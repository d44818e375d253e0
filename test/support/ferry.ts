import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { CACHE } from '../../scripts/soak/ferry-process.ts';
import { type Io, safeIo } from '../../src/cli/io.ts';
import { createProgram, describeError } from '../../src/cli/program.ts';
import { type RunResult, startProgram } from './programs.ts';
import { recordHistory } from './recorded-history.ts';

const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

/** A command that is running. It ends with its test at the latest. */
export interface Ferry {
  readonly stdout: () => string;
  readonly stderr: () => string;
  /** The exit code; a signal's name when a process was killed. */
  readonly exited: Promise<number | string>;
  /** Resolves when standard error has shown this text, rejects when the command ends without it. */
  says(text: string): Promise<void>;
}

/** One that runs within the test's own process. */
interface FerryCommand extends Ferry {
  /** What SIGTERM does; resolves with the exit code. */
  stop(): Promise<number | string>;
}

/** One that runs as a process of its own: for signals, kills, pipes and exit codes. */
export interface FerryProcess extends Ferry {
  readonly process: ChildProcess;
}

export type FerryEnv = Readonly<Record<string, string>>;

/** Runs `ims-ferry ARGS` in this process, with this environment and nothing of ours. */
export function startFerry(args: readonly string[], env: FerryEnv): FerryCommand {
  const heard = new Output(args, env);
  const stop = new AbortController();
  const exited = runCommand(args, safeIo(inProcessIo(heard, env, stop.signal))).finally(() =>
    heard.close(),
  );
  onTestFinished(async () => {
    stop.abort();
    await exited;
  });
  return {
    ...heard.reader(exited),
    exited,
    stop: () => {
      stop.abort();
      return exited;
    },
  };
}

/** As `src/cli.ts` does it, but for signals and the process's exit. */
async function runCommand(args: readonly string[], io: Io): Promise<number> {
  try {
    return await createProgram(io).run(['node', 'ims-ferry', ...args]);
  } catch (error) {
    const { lines, exitCode } = describeError(error);
    for (const line of lines) io.err(line);
    return exitCode;
  }
}

function inProcessIo(heard: Output, env: FerryEnv, stop: AbortSignal): Io {
  return {
    out: (line) => heard.addOut(`${line}\n`),
    err: (line) => heard.addErr(`${line}\n`),
    log: { write: (line) => heard.addErr(line) },
    draw: (text) => heard.addErr(text),
    terminal: false,
    columns: 80,
    env: { PATH: process.env['PATH'], NO_COLOR: '1', ...env },
    stop,
  };
}

/** Starts `ims-ferry ARGS` as a process, with this environment and nothing of ours. */
export function spawnFerry(args: readonly string[], env: FerryEnv): FerryProcess {
  const child = startProgram('node', [CLI, ...args], {
    env: { PATH: process.env['PATH'], NO_COLOR: '1', NODE_COMPILE_CACHE: CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const heard = new Output(args, env);
  child.stdout?.setEncoding('utf8').on('data', (text: string) => heard.addOut(text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => heard.addErr(text));
  const exited = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      heard.close();
      resolve(code ?? signal ?? 'gone');
    });
  });
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { ...heard.reader(exited), exited, process: child };
}

/** Runs `ims-ferry ARGS` to its end, in this process. */
export function runFerry(args: readonly string[], env: FerryEnv): Promise<RunResult> {
  return toItsEnd(startFerry(args, env));
}

/** Runs `ims-ferry ARGS` to its end, as a process. */
export function runFerryProcess(args: readonly string[], env: FerryEnv): Promise<RunResult> {
  return toItsEnd(spawnFerry(args, env));
}

async function toItsEnd({ exited, stdout, stderr }: Ferry): Promise<RunResult> {
  const code = await exited;
  return { code, stdout: stdout(), stderr: stderr() };
}

/** What a command has printed. When its test ends, the log of a worker is compared with the model. */
class Output {
  private stdout = '';
  private stderr = '';
  private readonly listeners: (() => void)[] = [];
  private readonly history: string[];

  constructor(args: readonly string[], env: FerryEnv) {
    const ledger = `${env['REDIS_URL']} ${env['IMS_FERRY_NAMESPACE']}`;
    // Before the clean-up of the command: the history is checked last, when the command has ended.
    this.history = args[0] === 'work' ? recordHistory(ledger) : [];
  }

  addOut(text: string): void {
    this.stdout += text;
  }

  addErr(text: string): void {
    this.stderr += text;
    for (const listener of this.listeners) listener();
  }

  close(): void {
    this.history.push(...this.stderr.split('\n'));
  }

  reader(exited: Promise<unknown>): Pick<Ferry, 'stdout' | 'stderr' | 'says'> {
    const says = (text: string): Promise<void> =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (this.stderr.includes(text)) resolve();
        };
        this.listeners.push(look);
        look();
        const missed = (): void => {
          look();
          reject(new Error(`ended without saying "${text}":\n${this.stderr}`));
        };
        void exited.then(missed, missed);
      });
    return { stdout: () => this.stdout, stderr: () => this.stderr, says };
  }
}
