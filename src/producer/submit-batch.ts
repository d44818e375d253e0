import type { Manifest } from '../shared/image/image-request.ts';
import type { BatchLedger, Registered } from '../shared/ledger/batch-ledger.ts';
import type { Queues } from '../shared/queues/queues.ts';
import type { Clock } from '../shared/runtime/clock.ts';

export interface SubmitDeps {
  readonly batches: BatchLedger;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly lockMs: number;
}

export interface SubmitFlags {
  readonly retryFailed: boolean;
  readonly recreate: boolean;
}

/** What became of the images of one manifest. */
export interface Receipt {
  readonly batch: string;
  readonly total: number;
  /** How many of each word of `Registered`. */
  readonly counts: Readonly<Partial<Record<Registered['kind'], number>>>;
  /** Running or succeeded ones whose request is not the one of the manifest. */
  readonly differing: readonly Registered[];
}

const PAGE = 500;

/**
 * Registers every image of a manifest and enqueues those that have to be submitted. Killed half-way
 * it can be run again: what is there already stays as it is.
 */
export async function submitBatch(
  deps: SubmitDeps,
  manifest: Manifest,
  flags: SubmitFlags,
): Promise<Receipt> {
  const counts: Partial<Record<Registered['kind'], number>> = {};
  const differing: Registered[] = [];
  for (let from = 0; from < manifest.images.length; from += PAGE) {
    const now = deps.clock.now();
    const page = await deps.batches.register(
      manifest.name,
      manifest.images.slice(from, from + PAGE),
      { now, due: now + 2 * deps.lockMs, ...flags },
    );
    for (const image of page) {
      counts[image.kind] = (counts[image.kind] ?? 0) + 1;
      if (image.differs.length > 0 && isFixed(image.kind)) differing.push(image);
    }
    await deps.queues.addSubmits(page.filter((image) => isToSubmit(image.kind)).map(toTrigger));
  }
  return { batch: manifest.name, total: manifest.images.length, counts, differing };
}

function toTrigger(image: Registered) {
  return { ...image, epoch: 0 };
}

function isToSubmit(kind: Registered['kind']): boolean {
  return kind === 'new' || kind === 'again' || kind === 'pending';
}

/** States in which a changed request is only reported, not taken over. */
function isFixed(kind: Registered['kind']): boolean {
  return kind === 'submitting' || kind === 'creating' || kind === 'unknown' || kind === 'succeeded';
}
