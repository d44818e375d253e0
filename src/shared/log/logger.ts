import { type DestinationStream, type Logger, pino } from 'pino';

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

/** Standard error. Written at once, so that a crash loses no line. */
export function standardErrorLog(): LogStream {
  return pino.destination({ fd: 2, sync: true });
}

/** For commands whose output is not a log. */
export function silentLogger(): Logger {
  return pino({ level: 'silent' });
}

/**
 * A logger for this stream. Messages are fixed texts; what varies stands in fields. Error
 * objects are written as `{type, code, message}` only: no stack, no cause, no body.
 */
export function createLogger(level: string, destination: LogStream): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      formatters: { level: (label) => ({ level: label }) },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: SECRET_PATHS, censor: '[secret]' },
      serializers: { err: plainError },
    },
    destination,
  );
}

function plainError(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const code = 'code' in error ? error.code : undefined;
  return { type: error.name, code, message: error.message };
}
