import type { Obstacle } from '../../shared/outlook/outlook.ts';
import { obstacleText } from '../../shared/outlook/words.ts';
import { localTime } from './local-time.ts';
import { inStyle, type Line, line, type Style, styled, wrap } from './text.ts';

const STYLES: Readonly<Record<Obstacle['kind'], Style>> = {
  stopped: 'red',
  frozen: 'yellow',
  paused: 'yellow',
  'no-worker': 'yellow',
  'cloud-away': 'yellow',
  throttled: 'cyan',
};

interface Obstacles {
  readonly obstacles: readonly Obstacle[];
  /** By the wall clock. */
  readonly now: number;
}

/** Why the project is slow or waits, and what to do; of each at most `most` lines. */
export function obstacleRows(
  { obstacles, now }: Obstacles,
  columns: number,
  most = Number.POSITIVE_INFINITY,
): readonly Line[] {
  return obstacles.flatMap((one) => {
    const style = STYLES[one.kind];
    const text = `${obstacleText(one)}${detailsOf(one, now)}`;
    return wrap(text, Math.max(8, columns - 2), most).map((part, at) =>
      line(styled(style, at === 0 ? '● ' : '  '), at === 0 ? inStyle(part, style) : part),
    );
  });
}

/** ` (since 14:02; image db/db-1; resumes by itself)` */
function detailsOf(obstacle: Obstacle, now: number): string {
  const { kind, since, until, image } = obstacle;
  const resumesItself = kind === 'stopped' && obstacle.resumes === 'by-itself';
  const details = [
    kind === 'stopped' && since !== undefined ? `since ${localTime(since, now)}` : undefined,
    until === undefined ? undefined : `until about ${localTime(until, now)}`,
    image && `image ${image.batch === undefined ? '' : `${image.batch}/`}${image.name}`,
    resumesItself ? 'resumes by itself' : undefined,
  ].filter((one) => one !== undefined);
  return details.length === 0 ? '' : ` (${details.join('; ')})`;
}
