import { barLine, isFinished, type Moment, plainLine } from '../producer/progress.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';

const PLAIN_LINE_MS = 5000;

export interface ProgressLine {
  show(moment: Moment): void;
  end(): void;
}

/** A bar that is drawn over on a terminal; elsewhere a line when something changed, every 5 s. */
export function createProgressLine(io: Io, clock: Clock): ProgressLine {
  let last = '';
  let lastAt = Number.NEGATIVE_INFINITY;
  if (io.terminal) {
    return {
      show: (moment) => io.draw(`\r\u001b[2K${barLine(moment, io.columns)}`),
      end: () => io.draw('\n'),
    };
  }
  const print = (moment: Moment): void => {
    const text = plainLine(moment);
    if (text === last) return;
    last = text;
    lastAt = clock.monotonic();
    io.err(text);
  };
  return {
    show: (moment) => {
      const due = clock.monotonic() - lastAt >= PLAIN_LINE_MS;
      if (due || isFinished(moment.summary)) print(moment);
    },
    end: () => undefined,
  };
}
