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
      return `done about ${format(done.at)} (± ${roughTime(done.plusMinusMs)})`;
  }
}

/** Of the whole project and of this batch. */
export function obstaclesOf(
  obstacles: readonly Obstacle[],
  of: string | undefined,
): readonly Obstacle[] {
  return obstacles.filter(({ batch }) => batch === undefined || batch === of);
}

/** One line: what is the matter, and what to do. */
export function obstacleText({ text, next }: Obstacle): string {
  return next === undefined ? text : `${text} ${next}`;
}

/** `2 min`, `50 min`, `3 h 10 min`, `2 d 4 h`: rounded as far as nobody knows it better. */
export function roughTime(ms: number): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  if (minutes < 60) return `${minutes} min`;
  const rounded = 5 * Math.round(minutes / 5);
  const hours = Math.floor(rounded / 60);
  if (hours < 48) return rounded % 60 === 0 ? `${hours} h` : `${hours} h ${rounded % 60} min`;
  const whole = Math.round(minutes / 60);
  return whole % 24 === 0 ? `${whole / 24} d` : `${Math.floor(whole / 24)} d ${whole % 24} h`;
}
