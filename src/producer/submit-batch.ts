import { type AttemptDeps, newAttempt } from '../shared/attempt/new-attempt.ts';
import type { Manifest, ManifestImage } from '../shared/image/image-request.ts';
import type { BatchLedger, Registered } from '../shared/ledger/batch-ledger.ts';

export interface SubmitDeps extends AttemptDeps {
  readonly batches: BatchLedger;
  /** Called after each page with how many images of the manifest are registered and enqueued. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Once aborted no further page is begun. */
  readonly stop?: AbortSignal;
}

export interface SubmitFlags {
  readonly retryFailed: boolean;
  readonly recreate: boolean;
}

/** What became of one image: the word of its registration, or `again` for a new attempt. */
export type Outcome = Registered['kind'] | 'again';

/** What became of the images of one manifest. */
export interface Receipt {
  readonly batch: string;
  readonly total: number;
  /** Images that are registered and enqueued: fewer than `total` when it was stopped. */
  readonly done: number;
  /** Pending ones that got another place in the queue. */
  readonly reordered: number;
  readonly counts: Readonly<Partial<Record<Outcome, number>>>;
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
  if (manifest.expands) throw new TypeError('a pattern must be expanded before it is submitted');
  const { images, name: batch } = manifest;
  const counts: Partial<Record<Outcome, number>> = {};
  const differing: Registered[] = [];
  let reordered = 0;
  let done = 0;
  while (done < images.length && !deps.stop?.aborted) {
    const now = deps.clock.now();
    const wanted = images.slice(done, done + PAGE);
    const due = now + 2 * deps.lockMs;
    const page = await deps.batches.register(batch, wanted, { now, due });
    reordered += await reorder(deps, page);
    for (const [index, image] of page.entries()) {
      const outcome = await startAgain(deps, image, { flags, wanted: wanted[index] });
      counts[outcome] = (counts[outcome] ?? 0) + 1;
      if (image.differs.length > 0 && isFixed(outcome)) differing.push(image);
    }
    await deps.queues.addSubmits(page.filter(({ kind }) => isToSubmit(kind)).map(toTrigger));
    done += wanted.length;
    deps.onProgress?.(done, images.length);
  }
  return { batch, total: images.length, done, reordered, counts, differing };
}

/**
 * A manifest that was submitted again may order its images anew. The queue goes first: killed between
 * the two, the next run still sees that they differ.
 */
async function reorder(deps: SubmitDeps, page: readonly Registered[]): Promise<number> {
  const moved = page.filter((image) => image.kind === 'pending' && image.isReordered);
  await Promise.all(
    moved.map(async (image) => {
      await deps.queues.reorder(toTrigger(image));
      await deps.batches.setPriority(image.key, image.priority);
    }),
  );
  return moved.length;
}

/** A failed or cancelled one is tried again when it changed or when that is asked for. */
async function startAgain(
  deps: SubmitDeps,
  image: Registered,
  at: { readonly flags: SubmitFlags; readonly wanted: ManifestImage | undefined },
): Promise<Outcome> {
  const { kind } = image;
  const isChanged = image.differs.length > 0;
  const isOver = kind === 'failed' || kind === 'cancelled';
  const isRetried = isOver && (isChanged || at.flags.retryFailed);
  const isRecreated = kind === 'succeeded' && at.flags.recreate;
  if (!isRetried && !isRecreated) return kind;
  const request = at.wanted?.request;
  if (image.isReordered) await deps.batches.setPriority(image.key, image.priority);
  const started = await newAttempt(deps, image.key, {
    type: isRecreated ? 'recreate' : 'retry',
    ...(request === undefined ? {} : { request }),
  });
  return started ? 'again' : kind;
}

function toTrigger(image: Registered) {
  return { ...image, epoch: 0 };
}

function isToSubmit(kind: Registered['kind']): boolean {
  return kind === 'new' || kind === 'pending';
}

/** States in which a changed request is only reported, not taken over. */
function isFixed(outcome: Outcome): boolean {
  return (
    outcome === 'submitting' ||
    outcome === 'creating' ||
    outcome === 'unknown' ||
    outcome === 'succeeded'
  );
}
