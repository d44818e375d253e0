import type { LogStream } from '../shared/log/logger.ts';

/** What a command may say and hear; only `main.ts` makes a real one. */
export interface Io {
  /** Data, a line at a time, to standard output. */
  out(line: string): void;
  /** Data whose every character counts (CSV, HTML): as it is, save where a terminal shows it. */
  raw?(text: string): void;
  /** True when standard output is a terminal. */
  readonly outTerminal?: boolean;
  /** Talk, a line at a time, to standard error. */
  err(line: string): void;
  /** Log lines (JSON) of long-running commands, to standard error. */
  readonly log: LogStream;
  /** Raw text to standard error, for a progress line that is drawn over. */
  draw(text: string): void;
  /** True when standard error is a terminal. */
  readonly terminal: boolean;
  /** Width of the terminal in characters. */
  readonly columns: number;
  /** Height of the terminal in lines; default 24. */
  readonly rows?: number;
  /** True when colours are wanted (terminal, and no NO_COLOR). */
  readonly colour: boolean;
  readonly env: Record<string, string | undefined>;
  /** Aborted by SIGINT, SIGTERM or SIGHUP. */
  readonly stop: AbortSignal;
  /** Aborted when nobody reads standard output any more (head, less). */
  readonly readerGone?: AbortSignal;
}
