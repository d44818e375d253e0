import { describeError } from './cli/describe-error.ts';
import { createProgram } from './cli/program.ts';
import { safeIo } from './cli/safe-io.ts';
import { losingStream, standardErrorLog } from './shared/log/logger.ts';
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
let isOutputLost = false;
process.stdout.on('error', ({ code = 'error' }: NodeJS.ErrnoException) => {
  readerGone.abort();
  if (NO_READER.includes(code) || isOutputLost) return;
  isOutputLost = true;
  io.err(`Standard output cannot be written (${code}): the results are not whole.`);
});
process.on('exit', () => {
  if (isOutputLost) process.exitCode ||= 1;
});
// Node's own warnings: one that cannot be written is no reason to end.
process.stderr.on('error', () => undefined);
const talk = losingStream(2, { notice: (lost, code) => `${lost} lines were lost (${code}).\n` });

/** Its own: the address of a Redis that `up` runs may be added. */
const env: Record<string, string | undefined> = { ...process.env };
const io = safeIo({
  out: (line: string) => void process.stdout.write(`${line}\n`),
  err: (line: string) => talk.write(`${line}\n`),
  log: standardErrorLog(),
  draw: (text: string) => talk.write(text),
  outTerminal: process.stdout.isTTY === true,
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
});

/** Of what runs beside the command: Node would print the error as it is. */
process.on('uncaughtException', (error) => {
  const { lines, exitCode } = describeError(error);
  for (const line of lines) io.err(line);
  process.exit(exitCode);
});

try {
  process.exitCode = await createProgram(io).run(process.argv);
} catch (error) {
  const { lines, exitCode } = describeError(error);
  for (const line of lines) io.err(line);
  process.exitCode = exitCode;
}
// What is still open now (a create without an answer, a dead Redis) must not keep the process.
setTimeout(() => process.exit(), 300).unref();
