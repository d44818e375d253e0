import type { Command } from 'commander';
import {
  differingLine,
  missingImagesNote,
  submittedLine,
} from '../../producer/describe-submitted.ts';
import { drawBar } from '../../producer/progress.ts';
import { keepFormerName, type SubmitResult, submitBatch } from '../../producer/submit-batch.ts';
import { EXIT, type ExitCode, UsageError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import { systemClock, untilAborted } from '../../shared/runtime/clock.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { byCloud, type CloudGroup, withLedgers } from '../clouds.ts';
import { type CommandContext, duration } from '../command.ts';
import { countImages } from '../describe.ts';
import { type Io, progressLine } from '../io.ts';
import { type ManifestFlags, manifestOptions } from '../manifest-input.ts';
import { envOf, type OpenLedger } from '../open-ledger.ts';
import { checkBeforeSubmit } from '../preflight.ts';
import { readManifests } from '../read-manifests.ts';
import { waitForBatches } from '../wait-for-batches.ts';

interface SubmitFlags extends ManifestFlags {
  readonly wait?: true;
  readonly keepWaiting?: true;
  /** In milliseconds. */
  readonly timeout?: number;
  readonly retryFailed?: true;
  readonly recreate?: true;
  readonly partial?: true;
  /** `--no-check`. */
  readonly check?: false;
}

export function submitCommand(command: Command, { io, run }: CommandContext): void {
  manifestOptions(command)
    .option('--wait', 'show progress until every image has its outcome')
    .option('--keep-waiting', 'with --wait: keep waiting even when a stop needs a person')
    .option(
      '--timeout <duration>',
      'with --wait: stop waiting after this (90s, 30m, 12h)',
      duration,
    )
    .option('--retry-failed', 'start a new attempt for images that failed')
    .option('--recreate', 'start a new attempt for images that succeeded (if their image is gone)')
    .option('--partial', 'submit what fits when the quota cannot hold everything')
    .option('--no-check', 'skip the checks of quota and source objects')
    .action((files: string[], flags: SubmitFlags) => {
      if (flags.timeout !== undefined && !flags.wait) {
        throw new UsageError('--timeout needs --wait.', 'Without --wait nothing is waited for.');
      }
      return run(submit(files, flags, io));
    });
}

/** Checks all files, then registers and enqueues their images; nothing when one file is wrong. */
async function submit(files: readonly string[], flags: SubmitFlags, io: Io): Promise<ExitCode> {
  const env = envOf(io);
  const manifests = await readManifests(files, io, flags);
  if (io.stop.aborted) {
    io.err('Stopped; nothing was submitted.');
    return EXIT.imageFailed;
  }
  if (!manifests) return EXIT.usage;
  return withLedgers(await byCloud(manifests, env), io, async (opened) => {
    const named = await Promise.all(
      opened.map(async (group) => ({
        ...group,
        manifests: await Promise.all(group.manifests.map((one) => keepFormerName(group.open, one))),
      })),
    );
    for (const group of named) {
      const code = await submitGroup(group, flags, io);
      if (code !== EXIT.ok) return code;
    }
    return flags.wait ? waitForAll(named, flags, io) : EXIT.ok;
  });
}

type Opened = CloudGroup & { readonly open: OpenLedger };

async function submitGroup(
  { open, config, manifests }: Opened,
  flags: SubmitFlags,
  io: Io,
): Promise<ExitCode> {
  if (flags.check !== false && config.submitChecks) {
    const checking = { config, io, partial: flags.partial ?? false };
    if (!(await checkBeforeSubmit(open, manifests, checking))) return EXIT.imageFailed;
  }
  if (config.cloud !== undefined) await open.project.clouds.add(config.cloud);
  for (const manifest of manifests) {
    if (!(await submitOne(open, manifest, { flags, io }))) return EXIT.imageFailed;
  }
  return EXIT.ok;
}

/** False when it was stopped before the last image. */
async function submitOne(
  open: OpenLedger,
  manifest: Manifest,
  { flags, io }: { readonly flags: SubmitFlags; readonly io: Io },
): Promise<boolean> {
  const total = manifest.images.length;
  const line = progressLine(io, systemClock, false);
  let enqueued = 0;
  const onProgress = (done: number): void => {
    enqueued = done;
    const bar = `${drawBar(done / total, 20)} ${done}/${total} registered · ${manifest.name}`;
    const plain = `${manifest.name}: ${done}/${total} registered`;
    line.show(bar.slice(0, Math.max(1, io.columns - 1)), plain, done < total ? undefined : false);
  };
  const { retryFailed = false, recreate = false } = flags;
  const deps = { ...open, onProgress, stop: io.stop };
  const ended = new AbortController();
  const work = submitBatch(deps, manifest, { retryFailed, recreate });
  const receipt = await Promise.race([work, afterStop(io.stop, ended.signal)]).finally(() => {
    ended.abort();
    line.end();
  });
  if (receipt?.done === total) {
    printReceipt(receipt, io);
    const missing = await missingImagesNote(open, manifest);
    if (missing !== undefined) io.err(missing);
    return true;
  }
  io.err(
    `Stopped: ${enqueued} of ${total} images of batch ${manifest.name} are registered; run it again to continue.`,
  );
  return false;
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

function printReceipt(receipt: SubmitResult, io: Io): void {
  io.err(submittedLine(receipt));
  const { reordered, differing } = receipt;
  if (reordered > 0) {
    const verbs = reordered === 1 ? 'has a new priority and has' : 'have a new priority and have';
    io.err(`${countImages(reordered)} ${verbs} moved in the queue.`);
  }
  for (const image of differing.slice(0, MOST_WARNINGS)) {
    io.err(`Warning: ${differingLine(image)}`);
  }
  const more = differing.length - MOST_WARNINGS;
  if (more > 0) io.err(`Warning: and ${more} more that differ`);
}

/** Waits for one cloud after the other; the workers of all of them run meanwhile. */
async function waitForAll(
  opened: readonly Opened[],
  flags: SubmitFlags,
  io: Io,
): Promise<ExitCode> {
  const start = systemClock.monotonic();
  let worst: ExitCode = EXIT.ok;
  for (const { open, manifests } of opened) {
    if ((await open.project.fleet(open.clock.now())).workers === 0) {
      io.err('No worker is running yet; start one with: ims-ferry work');
    }
    const batches = [...new Set(manifests.map((manifest) => manifest.name))];
    const left = (flags.timeout ?? 0) - (systemClock.monotonic() - start);
    const timeoutMs = flags.timeout && Math.max(1, left);
    const { keepWaiting = false } = flags;
    const waiting = omitUndefined({ deps: open, batches, keepWaiting, timeoutMs });
    const code = await waitForBatches(waiting, io);
    if (code > worst) worst = code;
  }
  return worst;
}
