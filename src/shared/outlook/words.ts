import type { DoneTime, Obstacle } from './outlook.ts';

/** `done about 14:20 (± 20 min)`; times by the reader's zone where it is known, else in UTC. */
export function doneText(done: DoneTime, format: (at: number) => string): string {
  switch (done.kind) {
    case 'done':
      return 'done';
    case 'unknown':
      return 'end not known yet';
    case 'stands':
      return 'not advancing';
    case 'about':
      return `done about ${format(done.at)} (± ${Math.max(1, Math.round(done.plusMinusMs / 60_000))} min)`;
  }
}

/** One line: what is the matter, and what to do. */
export function obstacleText({ text, next }: Obstacle): string {
  return next === undefined ? text : `${text} ${next}`;
}
