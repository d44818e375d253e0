import { drawBar } from '../producer/progress.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import type { Io } from './io.ts';

const PLAIN_LINE_MS = 5000;

export interface SubmitProgress {
  show(done: number, total: number): void;
  end(): void;
}

/** How far a manifest is registered: a bar on a terminal, elsewhere a line every 5 s. */
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
        draw(`\r\u001b[2K${line.slice(0, Math.max(1, columns - 1))}`);
      },
      end: () => {
        if (isDrawn) draw('\r\u001b[2K');
      },
    };
  }
  let saidAt = clock.monotonic();
  return {
    show: (done, total) => {
      if (done === total || clock.monotonic() - saidAt < PLAIN_LINE_MS) return;
      saidAt = clock.monotonic();
      err(`${batch}: ${done}/${total} registered`);
    },
    end: () => undefined,
  };
}
