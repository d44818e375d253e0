import { type AttemptDeps, newAttempt } from '../shared/attempt/new-attempt.ts';
import type { ImageRequest, Manifest, ManifestImage } from '../shared/image/image-request.ts';
import { importKey } from '../shared/image/import-key.ts';
import type { BatchStore } from '../shared/ledger/batch-store.ts';
import type { Registered } from '../shared/ledger/register-images.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import { hasAuto } from './expand/size-disks.ts';

export interface SubmitDeps extends AttemptDeps {
  readonly batches: BatchStore;
  /** Called after each page with how many images are registered and enqueued. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Once aborted, no further page is begun. */
  readonly stop?: AbortSignal;
}

export interface SubmitFlags {
  readonly retryFailed: boolean;
  readonly recreate: boolean;
}

/** What became of one image: the result of its registration, or `again` for a new attempt. */
export type Outcome = Registered['kind'] | 'again';

/** What became of the images of one manifest. */
export interface SubmitResult {
  readonly batch: string;
  readonly total: number;
  /** Images that are registered and enqueued: fewer than `total` if it was stopped. */
  readonly done: number;
  /** Pending images that moved in the queue. */
  readonly reordered: number;
  readonly counts: Readonly<Partial<Record<Outcome, number>>>;
  /** Images that were submitted before with another request than the one in the manifest. */
  readonly differing: readonly Registered[];
  /** Images that are there, and are being shared with other projects. */
  readonly shared: number;
  /** Images that projects have which the manifest no longer names. */
  readonly keptShared: readonly Registered[];
}

const PAGE = 500;

/**
 * Registers every image of a manifest and enqueues those that have to be submitted. It can be killed
 * and run again at any time: what is registered already stays as it is.
 */
export async function submitBatch(
  deps: SubmitDeps,
  manifest: Manifest,
  flags: SubmitFlags,
): Promise<SubmitResult> {
  if (manifest.expands) throw new TypeError('a pattern must be expanded before it is submitted');
  const { images, name: batch } = manifest;
  if (hasAuto(manifest)) {
    throw new TypeError('a size must be known before it is submitted');
  }
  const tally: Tally = {
    total: images.length,
    counts: {},
    differing: [],
    reordered: 0,
    done: 0,
    shared: 0,
    keptShared: [],
  };
  let page = await registerPage(deps, manifest, 0);
  while (page) {
    // The next page is registered while this one is enqueued, so that Redis never idles.
    const [, next] = await Promise.all([
      enqueuePage(deps, page, { flags, tally }),
      registerPage(deps, manifest, page.to),
    ]);
    page = next;
  }
  return { batch, ...tally };
}

interface Page {
  readonly wanted: readonly ManifestImage[];
  readonly found: readonly Registered[];
  /** Where the next one begins. */
  readonly to: number;
}

/** The counts up to now. */
interface Tally {
  readonly total: number;
  readonly counts: Partial<Record<Outcome, number>>;
  readonly differing: Registered[];
  readonly keptShared: Registered[];
  shared: number;
  reordered: number;
  done: number;
}

/** `undefined` at the end, or after a stop: what is registered by then is still enqueued. */
async function registerPage(
  deps: SubmitDeps,
  manifest: Manifest,
  from: number,
): Promise<Page | undefined> {
  const { name, images } = manifest;
  if (from >= images.length || deps.stop?.aborted) return undefined;
  const wanted = images.slice(from, from + PAGE);
  await deps.time.measure();
  const now = deps.clock.now();
  const due = deps.time.now() + 2 * deps.lockMs;
  const at = { now, due, ...(from === 0 && { manifest }) };
  const found = await deps.batches.register(name, wanted, at);
  return { wanted, found, to: from + wanted.length };
}

async function enqueuePage(
  deps: SubmitDeps,
  { wanted, found, to }: Page,
  { flags, tally }: { readonly flags: SubmitFlags; readonly tally: Tally },
): Promise<void> {
  tally.reordered += await reorder(deps, found);
  for (const [index, image] of found.entries()) {
    const request = wanted[index]?.request;
    const outcome = await startAgain(deps, image, { flags, request });
    tally.counts[outcome] = (tally.counts[outcome] ?? 0) + 1;
    if (image.differs.length > 0 && FIXED.has(outcome)) tally.differing.push(image);
    if (image.isShared) tally.shared += 1;
    if (image.keptMembers.length > 0) tally.keptShared.push(image);
  }
  const toSubmit = found.filter(({ kind }) => kind === 'new' || kind === 'pending');
  await deps.queues.addSubmits(toSubmit.map(toTrigger));
  tally.done = to;
  deps.onProgress?.(to, tally.total);
}

/**
 * A manifest that is submitted again may change the order of its images. The queue is changed first: if
 * the process is killed before the ledger is, the next run still sees the difference.
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

/** A failed or cancelled image is tried again if its request changed or a flag says so. */
async function startAgain(
  deps: SubmitDeps,
  image: Registered,
  { flags, request }: { readonly flags: SubmitFlags; readonly request: ImageRequest | undefined },
): Promise<Outcome> {
  const { kind, key } = image;
  const isOver = kind === 'failed' || kind === 'cancelled';
  const isRetried = isOver && (image.differs.length > 0 || flags.retryFailed);
  const isRecreated = kind === 'succeeded' && flags.recreate;
  if (!isRetried && !isRecreated) return kind;
  if (image.isReordered) await deps.batches.setPriority(key, image.priority);
  const attempt = { type: isRecreated ? 'recreate' : 'retry', request } as const;
  return (await newAttempt(deps, key, omitUndefined(attempt))) ? 'again' : kind;
}

function toTrigger(image: Registered) {
  return { ...image, epoch: 0 };
}

/** States in which a changed request is only reported: it changes nothing any more. */
const FIXED: ReadonlySet<Outcome> = new Set(['submitting', 'creating', 'unknown', 'succeeded']);

/** The manifest with the name that its batch has in the ledger: a batch that exists keeps its name. */
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
