import type { LogStream } from '../../shared/log/logger.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { type Fields, isFields, isRoutine, LASTING, text, wordsOf } from './log-words.ts';

export type EventLevel = 'info' | 'good' | 'warn' | 'error';

/** Something that happened, for people. */
export interface LogEvent {
  /** Wall clock. */
  readonly at: number;
  readonly level: EventLevel;
  readonly batch?: string;
  readonly image?: string;
  readonly text: string;
  /** Replaces the last one of the same kind, wherever that is. */
  readonly lasting?: string;
  /** How often it came in a row, or while it lasts. */
  readonly times: number;
}

/** Warnings and errors that are kept; more than anybody reads. */
const MOST_SERIOUS = 500;
const MOST_OTHERS = 200;

export function isSerious({ level }: Pick<LogEvent, 'level'>): boolean {
  return level === 'warn' || level === 'error';
}

/** Gathers what is logged, as events for people. Warnings and errors outlive the others. */
export class EventLog {
  readonly #now: () => number;
  readonly #onEvent: ((event: LogEvent) => void) | undefined;
  #events: readonly LogEvent[] = [];
  /** Serious events that are no longer kept. */
  forgotten = 0;

  /** `onEvent`: called for each, repeated ones too. */
  constructor(now: () => number, onEvent?: (event: LogEvent) => void) {
    this.#now = now;
    this.#onEvent = onEvent;
  }

  /** The oldest first. */
  get events(): readonly LogEvent[] {
    return this.#events;
  }

  /** Where a logger writes its JSON lines. */
  get stream(): LogStream {
    return {
      write: (written) => {
        const event = readEvent(written, this.#now());
        if (event) this.add(event);
      },
    };
  }

  /** A message of the program itself. */
  note(message: string): void {
    const level = /^warning: /i.test(message) ? 'warn' : 'info';
    this.add({ at: this.#now(), level, text: message.replace(/^warning: /i, ''), times: 1 });
  }

  add(event: LogEvent): void {
    this.#onEvent?.(event);
    const { lasting } = event;
    const last = lasting
      ? this.#events.findLast((one) => one.lasting === lasting)
      : this.#events.at(-1);
    if (last && (lasting || isSame(last, event))) {
      const again = { ...event, times: last.times + event.times };
      this.#events = [...this.#events.filter((one) => one !== last), again];
    } else this.#events = this.#fewer([...this.#events, event]);
  }

  #fewer(events: readonly LogEvent[]): readonly LogEvent[] {
    const oldestOf = (serious: boolean, most: number): LogEvent | undefined => {
      const all = events.filter((one) => isSerious(one) === serious);
      return all.length > most ? all[0] : undefined;
    };
    const extra = oldestOf(true, MOST_SERIOUS);
    if (extra) this.forgotten += extra.times;
    const old = extra ?? oldestOf(false, MOST_OTHERS);
    return old ? events.filter((one) => one !== old) : events;
  }
}

function isSame(a: LogEvent, b: LogEvent): boolean {
  return a.level === b.level && a.image === b.image && a.batch === b.batch && a.text === b.text;
}

/** A line of the logger; what is no line of ours is shown as it is. `undefined`: it says nothing to people. */
function readEvent(written: string, now: number): LogEvent | undefined {
  const fields = parsed(written);
  if (!fields) return { at: now, level: 'warn', text: written.trim(), times: 1 };
  const message = text(fields, 'msg');
  const level = levelOf(fields);
  if (level === 'info' && isRoutine(message, fields)) return undefined;
  const at = Date.parse(text(fields, 'time'));
  return omitUndefined({
    at: Number.isNaN(at) ? now : at,
    level,
    batch: text(fields, 'batch') || undefined,
    image: text(fields, 'name') || undefined,
    text: wordsOf(message, fields),
    lasting: LASTING.has(message) ? message : undefined,
    times: 1,
  });
}

function parsed(written: string): Fields | undefined {
  try {
    const value: unknown = JSON.parse(written);
    return isFields(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function levelOf(fields: Fields): EventLevel {
  const word = text(fields, 'level');
  if (word === 'error' || word === 'fatal' || fields['to'] === 'failed') return 'error';
  if (word === 'warn') return 'warn';
  return fields['to'] === 'succeeded' ? 'good' : 'info';
}
