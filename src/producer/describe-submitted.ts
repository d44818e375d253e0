import type { Registered } from '../shared/ledger/register-images.ts';
import type { Receipt } from './submit-batch.ts';

/** `Batch x: 3 of 5 images enqueued, 2 already imported` */
export function submittedLine({ batch, total, counts }: Receipt): string {
  const enqueued = (counts.new ?? 0) + (counts.again ?? 0) + (counts.pending ?? 0);
  const already = [
    [counts.succeeded, 'already imported'],
    [(counts.creating ?? 0) + (counts.submitting ?? 0), 'already under way'],
    [counts.unknown, 'unknown, being looked up or held'],
    [counts.failed, 'failed before, not retried (--retry-failed does)'],
    [counts.cancelled, 'cancelled before'],
  ] as const;
  const rest = already.filter(([count]) => count).map(([count, words]) => `, ${count} ${words}`);
  return `Batch ${batch}: ${enqueued} of ${total} images enqueued${rest.join('')}`;
}

/** `vm-1: already imported, differs in min_disk` */
export function differingLine({ name, kind, differs }: Registered): string {
  const how = kind === 'succeeded' ? 'already imported' : `already ${kind}`;
  return `${name}: ${how}, differs in ${differs.join(', ')}`;
}
