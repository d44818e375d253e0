import type { Io } from '../../src/cli/io.ts';

/** Standard error, and nothing that stops. */
export const systemIo: Io = {
  out: () => undefined,
  err: (line) => void process.stderr.write(`${line}\n`),
  log: { write: (line) => void process.stderr.write(line) },
  draw: () => undefined,
  terminal: false,
  columns: 80,
  env: {},
  stop: new AbortController().signal,
};
