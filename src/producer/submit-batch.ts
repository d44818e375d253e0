import { type AttemptDeps, newAttempt } from '../shared/attempt/new-attempt.ts';
import type { Manifest, ManifestImage } from '../shared/image/image-request.ts';
import { importKey } from '../shared/image/import-key.ts';
import type { BatchStore } from '../shared/ledger/batch-store.ts';
import type { Registered } from '../shared/ledger/register-images.ts';

export interface SubmitDeps extends AttemptDeps {
  readonly batches: BatchStore;
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
  const met: Met = { total: images.length, counts: {}, differing: [], reordered: 0, done: 0 };
  let page = await registerPage(deps, manifest, 0);
  while (page) {
    // Redis is never without work: the next page is registered while this one is enqueued.
    const [, next] = await Promise.all([
      enqueuePage(deps, page, { flags, met }),
      registerPage(deps, manifest, page.to),
    ]);
    page = next;
  }
  return { batch, ...met };
}

interface Page {
  readonly wanted: readonly ManifestImage[];
  readonly found: readonly Registered[];
  /** Where the next one begins. */
  readonly to: number;
}

/** What was met until now. */
interface Met {
  readonly total: number;
  readonly counts: Partial<Record<Outcome, number>>;
  readonly differing: Registered[];
  reordered: number;
  done: number;
}

/** `undefined` at the end, or when it was told to stop: what was registered is still enqueued. */
async function registerPage(
  deps: SubmitDeps,
  { name, images }: Manifest,
  from: number,
): Promise<Page | undefined> {
  if (from >= images.length || deps.stop?.aborted) return undefined;
  const wanted = images.slice(from, from + PAGE);
  await deps.time.measure();
  const now = deps.clock.now();
  const due = deps.time.now() + 2 * deps.lockMs;
  const found = await deps.batches.register(name, wanted, { now, due });
  return { wanted, found, to: from + wanted.length };
}

async function enqueuePage(
  deps: SubmitDeps,
  { wanted, found, to }: Page,
  { flags, met }: { readonly flags: SubmitFlags; readonly met: Met },
): Promise<void> {
  met.reordered += await reorder(deps, found);
  for (const [index, image] of found.entries()) {
    const outcome = await startAgain(deps, image, { flags, wanted: wanted[index] });
    met.counts[outcome] = (met.counts[outcome] ?? 0) + 1;
    if (image.differs.length > 0 && isFixed(outcome)) met.differing.push(image);
  }
  await deps.queues.addSubmits(found.filter(({ kind }) => isToSubmit(kind)).map(toTrigger));
  met.done = to;
  deps.onProgress?.(to, met.total);
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

/** The manifest under the name that its batch has in the ledger: one that is there keeps its name. */
export async function keepFormerName(
  { batches, ledger }: Pick<SubmitDeps, 'batches' | 'ledger'>,
  manifest: Manifest,
): Promise<Manifest> {
  const { formerName, name, images } = manifest;
  if (formerName === undefined || (await batches.summary(formerName)) === undefined) {
    return manifest;
  }
  if ((await batches.summary(name)) !== undefined) return manifest;
  for (let from = 0; from < images.length; from += PAGE) {
    const keys = images.slice(from, from + PAGE).map(({ request }) => importKey(request));
    const entries = await ledger.readMany(keys);
    const isThere = entries.some((entry) => entry.batches.includes(formerName));
    if (isThere) return { ...manifest, name: formerName };
  }
  return manifest;
}
