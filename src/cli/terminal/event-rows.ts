import { clockTime } from './local-time.ts';
import { type EventLevel, isSerious, type LogEvent } from './log-events.ts';
import {
  cut,
  cutMiddle,
  inStyle,
  type Line,
  line,
  plain,
  type Size,
  type Style,
  styled,
  widthOf,
  wrap,
} from './text.ts';

const MARKS: Readonly<Record<EventLevel, readonly [mark: string, style: Style]>> = {
  info: [' ', 'dim'],
  good: ['✓', 'green'],
  warn: ['!', 'yellow'],
  error: ['✗', 'red'],
};

/** Below this width an image is named without its batch. */
const SHORT_BELOW = 100;

/**
 * `14:20:07 ✗ web/db-1  failed: IMG.0057: the file is not there`: one event on one line. Where it is to fit
 * into `columns`, a long name leaves room for what happened.
 */
export function eventLine(
  { at, level, batch, image, text, times }: LogEvent,
  columns = Number.POSITIVE_INFINITY,
): Line {
  const isShort = columns < SHORT_BELOW && image !== undefined;
  const whole = styled('bold', isShort ? image : [batch, image].filter(Boolean).join('/'));
  const about = cutMiddle(whole, Math.max(20, Math.floor(columns / 2)));
  const [mark, style] = MARKS[level];
  const repeated = times > 1 ? ` (×${times})` : '';
  const words = level === 'error' || level === 'warn' ? styled(style, text) : line(text);
  return line(
    styled('dim', clockTime(at)),
    ' ',
    styled(style, mark),
    ' ',
    about.length === 0 ? undefined : line(about, '  '),
    words,
    styled('dim', repeated),
  );
}

const HEAD_WIDTH = 11;
const MOST_LINES = 20;

/** The same, broken between words where it is wider than the terminal. */
export function eventLines(event: LogEvent, columns: number): readonly Line[] {
  const whole = eventLine(event);
  if (widthOf(whole) <= columns) return [whole];
  const [mark, style] = MARKS[event.level];
  const head = line(styled('dim', clockTime(event.at)), ' ', styled(style, mark), ' ');
  const body = plain(whole).slice(HEAD_WIDTH);
  const room = Math.max(20, columns - HEAD_WIDTH);
  return wrap(body, room, MOST_LINES).map((text, at) =>
    line(at === 0 ? head : ' '.repeat(HEAD_WIDTH), inStyle(text, style)),
  );
}

/**
 * The latest events, the newest last. Warnings and errors that are older get half of the lines: they are
 * not pushed out by what is not serious.
 */
export function eventRows(events: readonly LogEvent[], { columns, rows }: Size): readonly Line[] {
  if (rows < 1) return [];
  const latest = events.slice(-rows);
  const older = events.slice(0, -rows).filter(isSerious);
  const kept = older.slice(Math.max(0, older.length - Math.floor(rows / 2)));
  const hidden = older.length - kept.length;
  const room = rows - kept.length - (hidden > 0 ? 1 : 0);
  const shown = [...kept, ...(room > 0 ? withRoom(latest, room) : [])];
  const note = `… and ${hidden} older warnings and errors, shown when this view ends`;
  const more = hidden > 0 ? [cut(styled('yellow', note), columns)] : [];
  return [...more, ...shown.map((event) => cut(eventLine(event, columns), columns))].slice(-rows);
}

/** Of the latest events those that fit, the serious ones before others. */
function withRoom(events: readonly LogEvent[], room: number): readonly LogEvent[] {
  const serious = events.filter(isSerious).slice(-room);
  const others = events.filter((one) => !isSerious(one));
  const fitting = new Set([
    ...serious,
    ...others.slice(others.length - Math.min(others.length, room - serious.length)),
  ]);
  return events.filter((one) => fitting.has(one));
}
