import { frozenText, stopStatus } from '../producer/batch-status.ts';
import type { Overview } from '../producer/live/overview.ts';
import { isFinished } from '../producer/progress.ts';
import type { Obstacle, Outlook, ProjectOutlook } from '../shared/outlook/outlook.ts';
import type { OpenLedger } from './open-ledger.ts';

/** The time left of the project and of each batch, and why it is slow or waits. */
export async function readProject(open: OpenLedger, overview: Overview): Promise<ProjectOutlook> {
  const { batches, inFlight } = overview;
  const fleet = await open.project.fleet(open.clock.now());
  const obstacles = await obstaclesOf(open, overview, fleet.workers);
  const isHeldUp = obstacles.some(({ batch, kind }) => batch === undefined && kind !== 'throttled');
  const outlookOf = (isEnded: boolean, isPaused: boolean): Outlook => ({
    done: { kind: isEnded ? 'done' : isHeldUp || isPaused ? 'stands' : 'unknown' },
  });
  return {
    project: outlookOf(
      batches.every(({ summary }) => isFinished(summary)),
      false,
    ),
    batches: new Map(
      batches.map(({ summary }) => [
        summary.batch,
        outlookOf(isFinished(summary), summary.isPaused),
      ]),
    ),
    obstacles,
    inFlight,
    ...(fleet.limit !== undefined && { limit: fleet.limit }),
  };
}

async function obstaclesOf(
  open: OpenLedger,
  { batches }: Overview,
  workers: number,
): Promise<readonly Obstacle[]> {
  const isOpen = batches.some(({ summary }) => !isFinished(summary));
  const [first] = batches;
  const stop = await open.project.stopped();
  const status = first ? await stopStatus(open, first.summary.counts) : null;
  const frozen = await frozenText(open);
  const found: Obstacle[] = [];
  if (stop) {
    const resumes = stop.reason === 'quota' ? 'by-itself' : 'by-hand';
    const next = stop.advice ?? 'Fix the cause, then run: ims-ferry resume';
    const text = `Stopped: ${stop.code}: ${stop.message}.`;
    found.push({ kind: 'stopped', code: stop.code, text, next, since: stop.at, resumes });
  } else if (frozen !== undefined) {
    found.push({ kind: 'frozen', code: 'REDIS_BEHIND', text: frozen });
  } else if (status) {
    const text = `${status.code}: ${status.message}`;
    found.push({
      kind: 'frozen',
      code: status.code,
      text,
      ...(status.advice !== undefined && { next: status.advice }),
    });
  }
  if (isOpen && workers === 0) {
    const next = 'Start one: ims-ferry work';
    found.push({ kind: 'no-worker', code: 'NO_WORKER', text: 'No worker is running.', next });
  }
  return found;
}
