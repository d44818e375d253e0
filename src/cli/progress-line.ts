import { barLine, drawBar, isFinished, type Moment, plainLine } from '../producer/progress.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';

const PLAIN_LINE_MS = 5000;
const CLEAR_LINE = '\r\u001b[2K';

/** The progress of waiting for a batch. */
export interface WaitProgress {
  show(moment: Moment): void;
  end(): void;
}

/** A bar that redraws itself on a terminal; elsewhere a line every 5 s, when something has changed. */
export function createWaitProgress(io: Io, clock: Clock): WaitProgress {
  if (io.terminal) {
    let isDrawn = false;
    return {
      show: (moment) => {
        isDrawn = true;
        io.draw(`${CLEAR_LINE}${barLine(moment, io.columns)}`);
      },
      end: () => {
        if (isDrawn) io.draw('\n');
      },
    };
  }
  let last = '';
  let lastAt = Number.NEGATIVE_INFINITY;
  return {
    show: (moment) => {
      const isDue = clock.monotonic() - lastAt >= PLAIN_LINE_MS;
      const text = plainLine(moment);
      if (text === last || !(isDue || isFinished(moment.summary))) return;
      last = text;
      lastAt = clock.monotonic();
      io.err(text);
    },
    end: () => undefined,
  };
}

/** The progress of registering a manifest. */
export interface SubmitProgress {
  show(done: number, total: number): void;
  end(): void;
}

/** A bar on a terminal; elsewhere a line every 5 s. */
export function createSubmitProgress(
  batch: string,
  { draw, err, terminal, columns }: Pick<Io, 'draw' | 'err' | 'terminal' | 'columns'>,
  clock: Pick<Clock, 'monotonic'>,
): SubmitProgress {
  if (terminal) {
    let isDrawn = false;
    return {
      show: (done, total) => {
        isDrawn = true;
        const line = `${drawBar(done / total, 20)} ${done}/${total} registered · ${batch}`;
        draw(`${CLEAR_LINE}${line.slice(0, Math.max(1, columns - 1))}`);
      },
      end: () => {
        if (isDrawn) draw(CLEAR_LINE);
      },
    };
  }
  let printedAt = clock.monotonic();
  return {
    show: (done, total) => {
      if (done === total || clock.monotonic() - printedAt < PLAIN_LINE_MS) return;
      printedAt = clock.monotonic();
      err(`${batch}: ${done}/${total} registered`);
    },
    end: () => undefined,
  };
}
