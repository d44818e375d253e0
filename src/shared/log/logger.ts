import { type DestinationStream, type Logger, pino } from 'pino';
import { FerryError } from '../errors/errors.ts';
import { redacted } from '../errors/known-secrets.ts';
import { systemClock } from '../runtime/clock.ts';
import { escapeText, escapeWithin } from '../text/escape-text.ts';
import { losingStream } from './losing-stream.ts';

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

/**
 * Standard error. Written at once, so that a crash loses no line. Lines that cannot be written (disk full,
 * reader gone) are lost and counted.
 */
export function standardErrorLog(): LogStream {
  return losingStream(2, { notice: lostLines });
}

function lostLines(lost: number, code: string): string {
  const time = new Date(systemClock.now()).toISOString();
  const { pid } = process;
  return `${JSON.stringify({ level: 'warn', time, pid, lost, code, msg: 'log lines were lost' })}\n`;
}

/** For commands whose output is not a log. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

/**
 * A logger for this stream. Messages are fixed texts; what varies stands in fields. Error
 * objects are written as `{type, code, message}` only: no stack, no cause, no body, and no secret that
 * somebody else's error may quote.
 */
export function createLogger(level: string, destination: LogStream): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      formatters: {
        level: (label) => ({ level: label }),
        log: escapedFields,
      },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_PATHS, censor: '[secret]' },
      serializers: { err: plainError },
    },
    destination,
  );
}

function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: escapeText(redacted(String(error))) };
  const code = 'code' in error ? error.code : undefined;
  const message = error instanceof FerryError ? error.message : redacted(error.message);
  return { type: error.name, code, message: escapeText(message) };
}

/** Escaped before it is JSON: what makes a log pretty turns JSON's own escapes back. */
function escapedFields(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, value]) => [name, escapeWithin(value)]),
  );
}
