import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';

/** A shell whose script finds its standard input at an end when this process ends, or `end` is called. */
export interface TetheredShell {
  readonly stdout: Readable;
  /** True when the script has ended. */
  hasEnded(): boolean;
  /** Ends its standard input, and waits until the script has ended. */
  end(): Promise<void>;
}

/**
 * Starts a script that cleans up after this process, however it ends: where it is killed, the kernel
 * closes the pipe. Signals of the terminal do not reach the script.
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
