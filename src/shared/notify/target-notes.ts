import type { BatchSummary } from '../ledger/batch-store.ts';
import type { TargetState } from '../ledger/outbox.ts';
import { roughTime } from '../outlook/words.ts';

interface Facts {
  readonly targets: readonly TargetState[];
  readonly batches: readonly Pick<BatchSummary, 'batch' | 'notify'>[];
  /** Wall clock. */
  readonly now: number;
}

/** Targets that workers have in their settings now. */
export function servedNames(targets: readonly TargetState[]): readonly string[] {
  return targets.filter(({ isServed }) => isServed).map(({ name }) => name);
}

/** Who is not notified, and why: a line for each. */
export function targetNotes({ targets, batches, now }: Facts): readonly string[] {
  const failing = targets.flatMap((target) => failingNote(target, now) ?? []);
  const known = new Set(servedNames(targets));
  const unknown = Map.groupBy(batches, ({ notify }) =>
    notify === undefined || known.has(notify) ? undefined : notify,
  );
  const unserved = [...unknown].flatMap(([name, of]) =>
    name === undefined ? [] : unknownNote(name, of),
  );
  return [...failing, ...unserved];
}

function failingNote(target: TargetState, now: number): string | undefined {
  const { name, failingSince, reason, waiting, dropped, isServed } = target;
  if (failingSince === undefined || !isServed) return undefined;
  const time = roughTime(now - failingSince);
  const counts = [
    ...(waiting > 0 ? [`${waiting} waiting`] : []),
    ...(dropped > 0 ? [`${dropped} given up`] : []),
  ];
  const more = counts.length === 0 ? '' : `; ${counts.join(', ')}`;
  return `Notifications to ${name} have failed for ${time}: ${reason ?? 'no reason is known'}${more}.`;
}

function unknownNote(name: string, batches: Facts['batches']): string {
  const [first] = batches;
  const more = batches.length > 1 ? ` and ${batches.length - 1} more` : '';
  return `Batch ${first?.batch ?? ''}${more}: notify: ${name} reaches nobody, because no worker has IMS_FERRY_NOTIFY_URL_${name.toUpperCase()}.`;
}
