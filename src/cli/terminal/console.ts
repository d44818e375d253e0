import { Option } from 'commander';
import { createLogger, type Logger } from '../../shared/log/logger.ts';
import { systemClock } from '../../shared/runtime/clock.ts';
import { type Io, printLine } from '../io.ts';
import type { OpenLedger } from '../open/open-ledger.ts';
import { runLiveView } from '../status/live-view.ts';
import { eventLine, eventLines } from './event-rows.ts';
import type { Surroundings } from './live-frame.ts';
import { EventLog, isSerious, type LogEvent } from './log-events.ts';
import type { Line } from './text.ts';

export type LogFormat = 'auto' | 'text' | 'json';

export function logFormatOption(): Option {
  return new Option(
    '--log-format <format>',
    'auto: for people on a terminal, else JSON lines; text: lines for people; json: JSON lines',
  )
    .choices(['auto', 'text', 'json'])
    .default('auto');
}

/** What a long-running command says: as a live view, as lines for people, or as JSON lines. */
export interface Console {
  readonly log: Logger;
  /** For messages of the program; they appear among the events. */
  readonly io: Io;
  /** It does not write JSON lines. */
  readonly isForPeople: boolean;
  /** Shows the live view, if there is one, until `end`; `title` is its first line. */
  show(open: OpenLedger, title: () => Line): void;
  /** Ends the live view. Its warnings and errors stay on the terminal. */
  end(): Promise<void>;
}

interface ConsoleOptions {
  readonly level: string;
  readonly format: LogFormat;
}

export function openConsole(io: Io, { level, format }: ConsoleOptions): Console {
  const isForPeople = format === 'text' || (format === 'auto' && io.terminal);
  if (!isForPeople) return jsonConsole(io, { level, format });
  const isLive = format === 'auto' && io.env['TERM'] !== 'dumb';
  let isShown = false;
  const events = new EventLog(systemClock.now, (event) => {
    if (!isShown) printEvent(io, event);
  });
  const log = createLogger(level, events.stream);
  const heard = withMessages(io, (message) => {
    if (isShown) events.note(message);
    else io.err(message);
  });
  if (!isLive) return { log, io: heard, isForPeople: true, ...NO_VIEW };
  const ended = new AbortController();
  let showing: Promise<void> | undefined;
  const show = (open: OpenLedger, title: () => Line): void => {
    isShown = true;
    const around = () => ({ title: title(), events: events.events, foot: FOOT });
    showing = showUntil(open, { io, events, around, ended: ended.signal }).finally(() => {
      isShown = false;
    });
  };
  const end = async (): Promise<void> => {
    ended.abort();
    await showing;
  };
  return { log, io: heard, isForPeople: true, show, end };
}

const NO_VIEW = { show: () => undefined, end: async () => undefined };
/** Warnings and errors that stay on the terminal when the view ends. */
const MOST_LAST = 50;
const FOOT = 'Ctrl-C ends ims-ferry; IMS continues with what it has accepted.';

interface Showing {
  readonly io: Io;
  readonly events: EventLog;
  readonly around: () => Surroundings;
  readonly ended: AbortSignal;
}

async function showUntil(open: OpenLedger, { io, events, around, ended }: Showing): Promise<void> {
  const stop = AbortSignal.any([io.stop, ended]);
  const since = systemClock.now();
  let last: readonly Line[] = [];
  while (!stop.aborted) {
    try {
      last = await runLiveView(open, { io, stop, around });
    } catch (error) {
      // The import does not need this view.
      const why = error instanceof Error ? error.message : String(error);
      events.note(`Warning: the live view was interrupted: ${why}`);
      await open.clock.sleep(1000, stop);
    }
  }
  for (const text of last) printLine(io, text, 'err');
  const serious = events.events.filter((event) => isSerious(event) && event.at >= since);
  const older = events.forgotten + Math.max(0, serious.length - MOST_LAST);
  if (older > 0) io.err(`… ${older} older warnings and errors; failed images: ims-ferry status`);
  for (const event of serious.slice(-MOST_LAST)) printEvent(io, event);
}

/** Only a terminal breaks lines. */
function printEvent(io: Io, event: LogEvent): void {
  const lines = io.terminal ? eventLines(event, io.columns) : [eventLine(event)];
  for (const text of lines) printLine(io, text, 'err');
}

/** The same input and output, with its messages going elsewhere. */
function withMessages(io: Io, err: (message: string) => void): Io {
  return Object.assign(Object.create(io) as Io, { err });
}

/** When it is requested, messages are JSON lines as well. */
function jsonConsole(io: Io, { level, format }: ConsoleOptions): Console {
  const log = createLogger(level, io.log);
  const heard =
    format === 'json' ? withMessages(io, (message) => log.info({ message }, 'message')) : io;
  return { log, io: heard, isForPeople: false, ...NO_VIEW };
}
