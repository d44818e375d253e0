import { safeIo } from './cli/io.ts';
import { createProgram, describeError } from './cli/program.ts';
import { losingStream, standardErrorLog } from './shared/log/logger.ts';
import { systemClock } from './shared/runtime/clock.ts';

const controller = new AbortController();
/** npm forwards a signal that its whole process group has already received: not a second request. */
const ECHO_MS = 200;
let stoppedAt = 0;
// SIGHUP: the terminal was closed.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    const now = systemClock.monotonic();
    if (controller.signal.aborted && now - stoppedAt > ECHO_MS) process.exit(process.exitCode ?? 1);
    if (!controller.signal.aborted) stoppedAt = now;
    controller.abort();
  });
}
// A reader that has gone away (head, less) is not an error.
const readerGone = new AbortController();
/** EIO: the terminal was closed. */
const READER_GONE = ['EPIPE', 'EIO'];
let isOutputLost = false;
process.stdout.on('error', ({ code = 'error' }: NodeJS.ErrnoException) => {
  readerGone.abort();
  if (READER_GONE.includes(code) || isOutputLost) return;
  isOutputLost = true;
  io.err(`Cannot write to stdout (${code}): the results are incomplete.`);
});
process.on('exit', () => {
  if (isOutputLost) process.exitCode ||= 1;
});
// Node's own warnings must not end the process when they cannot be written.
process.stderr.on('error', () => undefined);
/** What puts the terminal back. */
const restorers = new Set<() => void>();
process.on('exit', () => {
  for (const restore of restorers) restore();
});
const messages = losingStream(2, {
  notice: (lost, code) => `${lost === 1 ? '1 line was' : `${lost} lines were`} lost (${code}).\n`,
});

/** A copy: the address of the Redis of a running `up` may be added. */
const env: Record<string, string | undefined> = { ...process.env };
const io = safeIo({
  out: (line: string) => void process.stdout.write(`${line}\n`),
  err: (line: string) => messages.write(`${line}\n`),
  log: standardErrorLog(),
  draw: (text: string) => messages.write(text),
  outTerminal: process.stdout.isTTY === true,
  terminal: process.stderr.isTTY === true,
  // Read each time: a window may be resized.
  get outColumns() {
    return process.stdout.columns ?? 80;
  },
  get columns() {
    return process.stderr.columns ?? 80;
  },
  get rows() {
    return process.stderr.rows ?? 24;
  },
  // Opened only where it is read.
  get stdin() {
    return process.stdin;
  },
  env,
  onExit: (restore) => {
    restorers.add(restore);
    return () => restorers.delete(restore);
  },
  stop: controller.signal,
  readerGone: readerGone.signal,
});

function report(error: unknown): number {
  const { lines, exitCode } = describeError(error);
  for (const line of lines) io.err(line);
  return exitCode;
}

// Errors outside the command's own promise: Node would print them unredacted.
process.on('uncaughtException', (error) => process.exit(report(error)));
process.exitCode = await createProgram(io).run(process.argv).catch(report);
// Whatever is still open (a create without a response, an unreachable Redis) must not keep the process alive.
setTimeout(() => process.exit(), 300).unref();
