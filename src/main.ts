import { describeError } from './cli/describe-error.ts';
import { createProgram } from './cli/program.ts';
import { standardErrorLog } from './shared/log/logger.ts';
import { systemClock } from './shared/runtime/clock.ts';

const controller = new AbortController();
/** npm passes on what its whole group has got already: that is no second wish. */
const ECHO_MS = 200;
let askedAt = 0;
// SIGHUP: the terminal was closed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const now = systemClock.monotonic();
    if (controller.signal.aborted && now - askedAt > ECHO_MS) process.exit(process.exitCode ?? 1);
    if (!controller.signal.aborted) askedAt = now;
    controller.abort();
  });
}
// A reader that went away (head, less) is no error of ours.
const readerGone = new AbortController();
/** EIO: the terminal was closed. */
const NO_READER = ['EPIPE', 'EIO'];
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (!NO_READER.includes(error.code ?? '')) throw error;
  readerGone.abort();
});
// What is said without a terminal is lost; the work still ends as it should.
process.stderr.on('error', (error: NodeJS.ErrnoException) => {
  if (!NO_READER.includes(error.code ?? '')) throw error;
});

/** Its own: the address of a Redis that `up` runs may be added. */
const env: Record<string, string | undefined> = { ...process.env };
const io = {
  out: (line: string) => void process.stdout.write(`${line}\n`),
  err: (line: string) => void process.stderr.write(`${line}\n`),
  log: standardErrorLog(),
  draw: (text: string) => void process.stderr.write(text),
  terminal: process.stderr.isTTY === true,
  // Looked at anew each time: a window may be resized.
  get columns() {
    return process.stderr.columns ?? 80;
  },
  get rows() {
    return process.stderr.rows ?? 24;
  },
  colour: process.stderr.isTTY === true && !process.env['NO_COLOR'],
  env,
  stop: controller.signal,
  readerGone: readerGone.signal,
};

try {
  process.exitCode = await createProgram(io).run(process.argv);
} catch (error) {
  const { lines, exitCode } = describeError(error);
  for (const line of lines) io.err(line);
  process.exitCode = exitCode;
}
// What is still open now (a create without an answer, a dead Redis) must not keep the process.
setTimeout(() => process.exit(), 300).unref();
