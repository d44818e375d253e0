import {
  differingLine,
  enqueuedCount,
  keptSharedLine,
  missingImagesNote,
  submittedLine,
  updatableFields,
  updatableNote,
} from '../../producer/describe-submitted.ts';
import { type Facts, leftOutJson, withoutLeftOut } from '../../producer/plan/left-out.ts';
import type { LeftOut } from '../../producer/plan/plan.ts';
import { drawBar } from '../../producer/progress.ts';
import { type SubmitFlags, type SubmitResult, submitBatch } from '../../producer/submit-batch.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { systemClock, untilAborted } from '../../shared/runtime/clock.ts';
import { countImages } from '../describe.ts';
import { type Io, progressLine } from '../io.ts';
import type { OpenLedger } from '../open/open-ledger.ts';

export interface Submitting {
  readonly flags: SubmitFlags;
  /** What is known of the files of images of any manifest. */
  readonly facts: Facts;
  /** Images that IMS would refuse, of any manifest. */
  readonly leftOut: readonly LeftOut[];
  /** Images that exist are changed afterwards, and reported then. */
  readonly update?: boolean | undefined;
  readonly io: Io;
}

/** What became of one manifest. */
export interface Submitted extends SubmitResult {
  readonly file: string;
  readonly cloud: string | undefined;
  readonly leftOut: readonly LeftOut[];
}

/** Registers and enqueues the images of a manifest, save those that are left out; `undefined` when stopped before the last one. */
export async function submitManifest(
  open: OpenLedger,
  manifest: Manifest,
  { flags, leftOut: all, facts, update = false, io }: Submitting,
): Promise<Submitted | undefined> {
  const ofThis = all.filter(({ batch, file }) => batch === manifest.name && file === manifest.file);
  // Each once, although a file may be named twice.
  const byKey = new Map(ofThis.map((image) => [image.key, image]));
  const leftOut = [...byKey.values()];
  const wanted = withoutLeftOut(manifest, leftOut, facts);
  const result = await register(open, wanted, { flags, io });
  if (!result) return undefined;
  printResult(result, { leftOut, update, io });
  const missing = await missingImagesNote(open, manifest, leftOut.length);
  if (missing !== undefined) io.err(missing);
  return { ...result, file: manifest.file, cloud: manifest.cloud, leftOut };
}

async function register(
  open: OpenLedger,
  manifest: Manifest,
  { flags, io }: Pick<Submitting, 'flags' | 'io'>,
): Promise<SubmitResult | undefined> {
  const { name } = manifest;
  const total = manifest.images.length;
  const line = progressLine(io, systemClock, false);
  let enqueued = 0;
  const onProgress = (done: number): void => {
    enqueued = done;
    const bar = `${drawBar(done / total, 20)} ${done}/${total} registered · ${name}`;
    const plain = `${name}: ${done}/${total} registered`;
    line.show(bar.slice(0, Math.max(1, io.columns - 1)), plain, done < total ? undefined : false);
  };
  const ended = new AbortController();
  const work = submitBatch({ ...open, onProgress, stop: io.stop }, manifest, flags);
  const result = await Promise.race([work, afterStop(io.stop, ended.signal)]).finally(() => {
    ended.abort();
    line.end();
  });
  if (result?.done === total) return result;
  const all = countImages(total);
  io.err(
    `Stopped: ${enqueued} of ${all} of batch ${name} are registered; run it again to continue.`,
  );
  return undefined;
}

/** After SIGTERM or SIGINT: how long the page that is being registered may still take. */
const STOP_MS = 3000;

/** Resolves some time after the stop, or when the work has ended. */
async function afterStop(stop: AbortSignal, ended: AbortSignal): Promise<undefined> {
  await untilAborted(AbortSignal.any([stop, ended]));
  await systemClock.sleep(STOP_MS, ended);
}

/** A manifest may have 200,000 images. */
const MOST_WARNINGS = 50;

function printResult(
  result: SubmitResult,
  { leftOut, update, io }: Pick<Submitting, 'leftOut' | 'io'> & { readonly update: boolean },
): void {
  io.err(submittedLine(result, leftOut.length));
  const { reordered, shared, keptShared } = result;
  const differing = result.differing.filter(({ kind }) => !update || kind !== 'succeeded');
  if (shared > 0) {
    const verb = shared === 1 ? 'is' : 'are';
    io.err(`${countImages(shared)} imported before ${verb} being shared with other projects.`);
  }
  if (reordered > 0) {
    const verbs = reordered === 1 ? 'has a new priority and has' : 'have a new priority and have';
    io.err(`${countImages(reordered)} ${verbs} moved in the queue.`);
  }
  for (const image of differing.slice(0, MOST_WARNINGS)) {
    io.err(`Warning: ${differingLine(image)}`);
  }
  const more = differing.length - MOST_WARNINGS;
  if (more > 0) io.err(`Warning: and ${more} more that differ`);
  for (const image of keptShared.slice(0, MOST_WARNINGS)) {
    io.err(`Warning: ${keptSharedLine(image)}`);
  }
  const note = update ? undefined : updatableNote(result.differing);
  if (note !== undefined) io.err(note);
}

/** One batch as `submit --json` prints it: a stable format. */
export async function submittedJson(
  { batches }: Pick<OpenLedger, 'batches'>,
  submitted: Submitted,
): Promise<object> {
  const { batch, file, cloud, total, counts, differing, leftOut } = submitted;
  return {
    batch,
    file,
    cloud: cloud ?? null,
    total: total + leftOut.length,
    enqueued: enqueuedCount(submitted),
    counts,
    differing: differing.map((image) => {
      const { key, name, differs } = image;
      return { key, name, differs, updatable: updatableFields(image) };
    }),
    shared: submitted.shared,
    stays_shared: submitted.keptShared.map(({ key, name, keptMembers: projects }) => ({
      ...{ key, name, projects },
    })),
    left_out: leftOut.map(leftOutJson),
    states: (await batches.summary(batch))?.counts ?? null,
  };
}
