import { writeSync } from 'node:fs';

/** Writes texts at once. One that cannot be written is lost; whoever wrote it goes on. */
export interface LosingStream {
  write(text: string): void;
}

export interface LosingOptions {
  /** What is written once texts can be written again: how many were lost, and why. */
  readonly notice: (lost: number, code: string) => string;
  /** @default that of the file system */
  readonly write?: (fd: number, bytes: Uint8Array) => number;
  /** Waits a moment for a reader that is slow. @default 20 ms, in which this process does nothing */
  readonly pause?: () => void;
}

/** A second in all: then the reader counts as one that does not read. */
const TRIES = 50;
const PAUSE_MS = 20;

/** For standard error: a full disk or a reader that has gone away must not end the process. */
export function losingStream(fd: number, options: LosingOptions): LosingStream {
  const { notice, write = writeSync, pause = pauseHere } = options;
  let lost = 0;
  let why = '';
  let isCut = false;
  const writeAll = (text: string, tries: number): boolean => {
    let bytes: Uint8Array = Buffer.from(text);
    for (let tried = 0; bytes.length > 0; ) {
      try {
        bytes = bytes.subarray(write(fd, bytes));
        isCut = bytes.length > 0;
      } catch (error) {
        why = codeOf(error);
        tried += 1;
        if (why !== 'EAGAIN' || tried > tries) return false;
        pause();
      }
    }
    return true;
  };
  return {
    write: (text) => {
      // Nobody is waited for again and again.
      const tries = lost > 0 ? 0 : TRIES;
      const before = lost > 0 ? `${isCut ? '\n' : ''}${notice(lost, why)}` : '';
      if (before !== '' && !writeAll(before, tries)) lost += 1;
      else if (writeAll(text, tries)) lost = 0;
      else lost = 1;
    },
  };
}

function pauseHere(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'error';
}
