import { isFinished } from '../../producer/progress.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { Obstacle, Outlook } from '../../shared/outlook/outlook.ts';
import { obstaclesOf } from '../../shared/outlook/words.ts';
import { formatCount } from '../../ui/format.ts';
import { type Headline, headlineOf } from '../../ui/states.ts';

const WORDS: Readonly<Record<Obstacle['kind'], string | undefined>> = {
  stopped: 'Stopped',
  frozen: 'Waiting',
  paused: 'Paused',
  'no-worker': 'No worker',
  // Its other images continue.
  'cloud-away': undefined,
  // It is slow, but it advances.
  throttled: undefined,
};

/** The state of a batch in one line: one that does not advance is never "in progress". */
export function batchHeadline(
  summary: BatchSummary,
  { done }: Outlook,
  obstacles: readonly Obstacle[],
): Headline {
  if (isFinished(summary) || summary.isPaused || done.kind !== 'stands') return headlineOf(summary);
  const { batch, counts, total } = summary;
  const here = obstaclesOf(obstacles, batch);
  const word = here.flatMap(({ kind }) => WORDS[kind] ?? [])[0] ?? 'Not advancing';
  const text = `${word}: ${formatCount(counts.succeeded)} of ${formatCount(total)} imported`;
  return { state: 'held', text };
}
