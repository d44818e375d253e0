import type { LogStream } from '../shared/log/logger.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import { escapeLines } from '../shared/text/escape-text.ts';
import { messageLines } from './terminal/message-lines.ts';
import { hasColours, type Line, plain, render } from './terminal/text.ts';

/** A command's input and output; only `main.ts` makes a real one. */
export interface Io {
  /** Where variables came from that the environment did not have: an option, a running `up`. */
  readonly origins?: ReadonlyMap<string, string>;
  /** Results, a line at a time, to stdout. */
  out(line: string): void;
  /** Results in which every character counts (CSV, HTML): unchanged, except on a terminal. */
  raw?(text: string): void;
  /** A line with its colours, where they are wanted. Absent: without. */
  line?(to: 'out' | 'err', text: Line): void;
  /** True when stdout is a terminal. */
  readonly outTerminal?: boolean;
  /** Its width, if it is one. */
  readonly outColumns?: number;
  /** Progress and messages, a line at a time, to stderr. */
  err(line: string): void;
  /** Log lines (JSON) of long-running commands, to stderr. */
  readonly log: LogStream;
  /** Raw text to stderr, for a progress line that is drawn over. */
  draw(text: string): void;
  /** True when stderr is a terminal. */
  readonly terminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** Height of the terminal in lines; default 24. */
  readonly rows?: number;
  /** Read only for a manifest named `-`. */
  readonly stdin?: AsyncIterable<Uint8Array> & { readonly isTTY?: boolean };
  readonly env: Record<string, string | undefined>;
  /** Calls this when the process ends in whatever way it can notice; returns how to forget it. */
  onExit?(restore: () => void): () => void;
  /** Aborted by SIGINT, SIGTERM or SIGHUP. */
  readonly stop: AbortSignal;
  /** Aborted when the reader of stdout has gone away (head, less). */
  readonly readerGone?: AbortSignal;
}

/**
 * Escapes all output, so that text from outside (a file name, an object key, a message of a service)
 * cannot send commands to a terminal or reverse its text.
 */
export function safeIo(io: Io): Io {
  // An io that is safe already keeps its `raw` and `line`.
  const raw = io.raw ?? ((text: string) => io.out(text));
  const coloured = {
    out: hasColours(io.env, io.outTerminal ?? false),
    err: hasColours(io.env, io.terminal),
  };
  const safe: Pick<Io, 'out' | 'err' | 'raw' | 'line'> = {
    line: io.line ?? ((to, text) => io[to](render(text, coloured[to]))),
    out: (line) => io.out(escapeLines(line)),
    err: (line) => {
      const text = escapeLines(line);
      io.err(io.terminal ? messageLines(text, io.columns) : text);
    },
    raw: (text) =>
      io.outTerminal ? io.out(escapeLines(text.replaceAll('\r\n', '\n'))) : raw(text),
  };
  // Inherits the rest: the size of the terminal is read each time.
  return Object.assign(Object.create(io) as Io, safe);
}

/** The version of every JSON object that a command prints; keys are only added. */
const JSON_VERSION = 1;

/** The whole result of a command with `--json`, on one line. */
export function printJson(io: Pick<Io, 'out'>, data: object): void {
  io.out(JSON.stringify({ version: JSON_VERSION, ...data }));
}

/** Nothing that is piped is cut. */
const NO_LIMIT = 100_000;

/** How wide results may be. */
export function resultWidth({ outTerminal, outColumns = 80 }: Io): number {
  return outTerminal ? Math.max(20, outColumns) : NO_LIMIT;
}

/** A line of a table or of coloured texts; to stdout unless it is a message. */
export function printLine(io: Io, text: Line, to: 'out' | 'err' = 'out'): void {
  if (io.line) io.line(to, text);
  else io[to](plain(text));
}

const PLAIN_LINE_MS = 5000;
const CLEAR_LINE = '\r\u001b[2K';

export interface ProgressLine {
  /** @param isDue print the plain line at once */
  show(bar: string, plain: string, isDue?: boolean): void;
  end(): void;
}

/**
 * On a terminal a bar that is drawn over; elsewhere a plain line at most every 5 s, when it has changed.
 * With `stays`, the last bar stays on the screen, and the first plain line is printed at once.
 */
export function progressLine(
  { draw, err, terminal }: Pick<Io, 'draw' | 'err' | 'terminal'>,
  clock: Pick<Clock, 'monotonic'>,
  stays: boolean,
): ProgressLine {
  let last = '';
  let printedAt = stays ? Number.NEGATIVE_INFINITY : clock.monotonic();
  return {
    show: (bar, plain, isDue = clock.monotonic() - printedAt >= PLAIN_LINE_MS) => {
      const text = terminal ? `${CLEAR_LINE}${bar}` : plain;
      if (!terminal && (!isDue || text === last)) return;
      last = text;
      printedAt = clock.monotonic();
      if (terminal) draw(text);
      else err(text);
    },
    end: () => {
      if (terminal && last !== '') draw(stays ? '\n' : CLEAR_LINE);
      last = '';
    },
  };
}
