import type { TargetState } from '../shared/ledger/outbox.ts';
import type { Obstacle, Outlook, ProjectOutlook } from '../shared/outlook/outlook.ts';
import { obstaclesOf } from '../shared/outlook/words.ts';
import { isoTime } from '../ui/format.ts';

/** Why the project or a batch is slow, or does not advance, as `status --json` prints it. */
export interface ObstacleStatus {
  readonly kind: Obstacle['kind'];
  readonly code: string;
  readonly text: string;
  readonly next: string | null;
  readonly since: string | null;
  readonly until: string | null;
  readonly image: {
    readonly batch: string | null;
    readonly name: string;
    readonly key: string;
  } | null;
  /** `null`: of the whole project. */
  readonly batch: string | null;
  /** Of a stop: `by-itself` or `by-hand`; of others `null`. */
  readonly resumes: string | null;
  /** Requests that the cloud allows. */
  readonly per_second: number | null;
}

/** When a batch or the project is done. */
export function outlookFields(outlook: Outlook | undefined) {
  const { done, perMinute } = outlook ?? {};
  const isAbout = done?.kind === 'about';
  return {
    rate: perMinute === undefined ? null : Math.round(100 * perMinute) / 100,
    done_at: isAbout ? isoTime(Math.round(done.at / 1000) * 1000) : null,
    plus_minus_s: isAbout ? Math.round(done.plusMinusMs / 1000) : null,
  };
}

/** What all batches share. `batch`: without the obstacles of others. */
export function projectFields({ obstacles, inFlight, limit }: ProjectOutlook, batch?: string) {
  const ours = batch === undefined ? obstacles : obstaclesOf(obstacles, batch);
  return { obstacles: ours.map(obstacleStatus), in_flight: inFlight, limit: limit ?? null };
}

function obstacleStatus(obstacle: Obstacle): ObstacleStatus {
  const { kind, code, text, next = null, image, batch = null } = obstacle;
  return {
    ...{ kind, code, text, next },
    since: timeOf(obstacle.since),
    until: timeOf(obstacle.until),
    image: image ? { batch: image.batch ?? null, name: image.name, key: image.key } : null,
    batch,
    resumes: obstacle.kind === 'stopped' ? obstacle.resumes : null,
    per_second: obstacle.kind === 'throttled' ? (obstacle.perSecond ?? null) : null,
  };
}

function timeOf(ms: number | undefined): string | null {
  return ms === undefined ? null : isoTime(ms);
}

/** Who is notified, and whether that works. */
export function targetStatus(target: TargetState) {
  const { name, host, isServed, delivered, dropped, waiting, failingSince, reason } = target;
  return {
    target: name,
    host,
    served: isServed,
    ...{ delivered, waiting, given_up: dropped },
    failing_since: timeOf(failingSince),
    reason: reason ?? null,
  };
}
