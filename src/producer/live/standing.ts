import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import { NOT_ON_DISK } from '../../shared/ledger/guard-store.ts';
import type { Obstacle } from '../../shared/outlook/outlook.ts';

interface Situation {
  readonly obstacles: readonly Obstacle[];
  /** When IMS last accepted a create, by the wall clock. */
  readonly acceptedAt: number;
}

/** True while a batch will not be done before somebody or something acts. */
export function standing(
  summary: Pick<BatchSummary, 'batch' | 'counts'>,
  { obstacles, acceptedAt }: Situation,
): boolean {
  return obstacles.some((obstacle) => blocks(obstacle, summary, acceptedAt));
}

function blocks(
  obstacle: Obstacle,
  { batch, counts }: Pick<BatchSummary, 'batch' | 'counts'>,
  acceptedAt: number,
): boolean {
  switch (obstacle.kind) {
    case 'no-worker':
      return true;
    case 'stopped':
      // A stop that no create has caused is about the login or a right to read: what is in flight is not followed.
      return counts.pending > 0 || (obstacle.resumes === 'by-hand' && obstacle.image === undefined);
    case 'frozen':
      // Some creates may still be confirmed in time.
      if (obstacle.code === NOT_ON_DISK.code && acceptedAt > (obstacle.since ?? 0)) return false;
      return counts.pending > 0;
    case 'paused':
      return obstacle.batch === batch && counts.pending > 0;
    case 'cloud-away':
    case 'throttled':
      return false;
  }
}
