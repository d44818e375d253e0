import { writeSync } from 'node:fs';
import { type DestinationStream, type Logger, pino } from 'pino';
import { codeOf } from '../errors/error-code.ts';
import { FerryError } from '../errors/errors.ts';
import { redacted } from '../errors/known-secrets.ts';
import { systemClock } from '../runtime/clock.ts';
import { escapeText, escapeWithin } from '../text/escape-text.ts';

export type { Logger } from 'pino';

const SECRET_PATHS = [
  'token',
  'password',
  'secret',
  'headers["x-auth-token"]',
  'headers["X-Auth-Token"]',
  'headers.authorization',
  '*.token',
  '*.password',
  '*.secret',
];

/** Where log lines go. */
export type LogStream = DestinationStream;

/** Standard error, unbuffered, so that a crash loses no line. */
export function standardErrorLog(): LogStream {
  const notice = (lost: number, code: string): string => {
    const time = new Date(systemClock.now()).toISOString();
    const { pid } = process;
    return `${JSON.stringify({ level: 'warn', time, pid, lost, code, msg: 'log lines were lost' })}\n`;
  };
  return losingStream(2, { notice });
}

/** For commands that do not log. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

/**
 * A logger for this stream. Messages are fixed texts; what varies goes into fields. Errors are written as
 * `{type, code, message}` only: no stack, no cause, no body, and no secret that the message of a foreign
 * error may quote.
 */
export function createLogger(level: string, destination: LogStream): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      formatters: { level: (level) => ({ level }), log: escapedFields },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_PATHS, censor: '[secret]' },
      serializers: { err: plainError },
    },
    destination,
  );
}

function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: escapeText(redacted(String(error))) };
  const message = error instanceof FerryError ? error.message : redacted(error.message);
  return { type: error.name, code: codeOf(error), message: escapeText(message) };
}

/** Escaped before it becomes JSON: pretty printers undo JSON's own escapes. */
function escapedFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, escapeWithin(value)]),
  );
}

interface LosingOptions {
  /** Written as soon as texts can be written again: how many were lost, and why. */
  readonly notice: (lost: number, code: string) => string;
  /** @default that of the file system */
  readonly write?: (fd: number, bytes: Uint8Array) => number;
  /** Waits a moment for a slow reader. @default blocks this process for 20 ms */
  readonly pause?: () => void;
}

/** One second in all; a reader that is still not ready then is treated as gone. */
const TRIES = 50;
const PAUSE_MS = 20;

/** Writes at once; what cannot be written is lost: a full disk or a closed reader must not end the process. */
export function losingStream(fd: number, options: LosingOptions): LogStream {
  const { notice, write = writeSync, pause = blockBriefly } = options;
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
        why = codeOf(error) ?? 'error';
        tried += 1;
        if (why !== 'EAGAIN' || tried > tries) return false;
        pause();
      }
    }
    return true;
  };
  return {
    write: (text) => {
      // After the first loss, no further write waits for the reader.
      const tries = lost > 0 ? 0 : TRIES;
      const before = lost > 0 ? `${isCut ? '\n' : ''}${notice(lost, why)}` : '';
      if (before !== '' && !writeAll(before, tries)) lost += 1;
      else if (writeAll(text, tries)) lost = 0;
      else lost = 1;
    },
  };
}

function blockBriefly(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}
