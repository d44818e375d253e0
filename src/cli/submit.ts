import { differingLine, submittedLine } from '../producer/describe-submitted.ts';
import { formatIssue } from '../producer/manifest/issue.ts';
import { loadManifest } from '../producer/manifest/load-manifest.ts';
import { keepFormerName, type Receipt, submitBatch } from '../producer/submit-batch.ts';
import { vanishedNote } from '../producer/vanished.ts';
import type { Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { systemClock } from '../shared/runtime/clock.ts';
import { escapeText } from '../shared/text/escape-text.ts';
import { byCloud, type CloudGroup, ownCloudOf } from './by-cloud.ts';
import { checkBeforeSubmit } from './check-before-submit.ts';
import { expandPatterns } from './expand-patterns.ts';
import type { Io } from './io.ts';
import type { OpenLedger } from './open-ledger.ts';
import { createSubmitProgress } from './submit-progress.ts';
import { waitForBatches } from './wait-for-batches.ts';
import { withLedgers } from './with-ledger.ts';

export interface SubmitOptions {
  readonly wait: boolean;
  readonly keepWaiting: boolean;
  /** How long to wait for the outcome; absent: until it is there. */
  readonly timeoutMs?: number;
  readonly retryFailed: boolean;
  readonly recreate: boolean;
  /** Look at the quota and the source objects first. */
  readonly check: boolean;
  /** Begin although the quota cannot hold everything. */
  readonly partial: boolean;
}

/** After SIGTERM or SIGINT: how long a page that was begun may still take. */
const STOP_MS = 3000;
const LONG_MS = 3_600_000;
/** As many warnings are listed; a manifest may have 200,000 images. */
const MOST_LISTED = 50;

/** `submit FILE…`: checks all files, then registers and enqueues; nothing when one is wrong. */
export async function submit(
  files: readonly string[],
  options: SubmitOptions,
  env: { readonly config: Config; readonly io: Io },
): Promise<ExitCode> {
  const { config, io } = env;
  const manifests = await readManifests(files, io);
  if (io.stop.aborted) {
    io.err('Stopped; nothing was submitted.');
    return EXIT.imageFailed;
  }
  if (!manifests) return EXIT.usage;
  const groups = byCloud(manifests, config, await ownCloudOf(manifests, env));
  return withLedgers(groups, io, async (opened) => {
    const named = await Promise.all(opened.map(withNames));
    for (const one of named) {
      const code = await submitGroup(one, options, io);
      if (code !== EXIT.ok) return code;
    }
    return options.wait ? waitForAll(named, options, io) : EXIT.ok;
  });
}

type Opened = CloudGroup & { readonly open: OpenLedger };

async function withNames(opened: Opened): Promise<Opened> {
  const { open, manifests } = opened;
  return {
    ...opened,
    manifests: await Promise.all(manifests.map((one) => keepFormerName(open, one))),
  };
}

async function submitGroup(
  { open, config, manifests }: Opened,
  options: SubmitOptions,
  io: Io,
): Promise<ExitCode> {
  const { check, partial } = options;
  const checking = { config, io, partial };
  if (check && config.submitChecks && !(await checkBeforeSubmit(open, manifests, checking))) {
    return EXIT.imageFailed;
  }
  if (config.cloud !== undefined) await open.project.clouds.add(config.cloud);
  for (const manifest of manifests) {
    if (!(await submitOne(open, manifest, { options, io }))) return EXIT.imageFailed;
  }
  return EXIT.ok;
}

/** One cloud after the other; the workers of all of them are at work meanwhile. */
async function waitForAll(
  opened: readonly Opened[],
  options: SubmitOptions,
  io: Io,
): Promise<ExitCode> {
  const start = systemClock.monotonic();
  let worst: ExitCode = EXIT.ok;
  for (const { open, manifests } of opened) {
    if ((await open.project.fleet(open.clock.now())).workers === 0) {
      io.err('No worker is running yet; start one with: ims-ferry work');
    }
    const batches = [...new Set(manifests.map((manifest) => manifest.name))];
    const left = leftOf(options, systemClock.monotonic() - start);
    const code = await waitForBatches({ deps: open, batches, ...options, ...left }, io);
    worst = code > worst ? code : worst;
  }
  return worst;
}

function leftOf({ timeoutMs }: SubmitOptions, goneMs: number): { readonly timeoutMs?: number } {
  return timeoutMs === undefined ? {} : { timeoutMs: Math.max(1, timeoutMs - goneMs) };
}

/** False when it was stopped before the last image. */
async function submitOne(
  open: OpenLedger,
  manifest: Manifest,
  { options, io }: { readonly options: SubmitOptions; readonly io: Io },
): Promise<boolean> {
  const total = manifest.images.length;
  const line = createSubmitProgress(manifest.name, io, systemClock);
  let enqueued = 0;
  const onProgress = (done: number): void => {
    enqueued = done;
    line.show(done, total);
  };
  const ended = new AbortController();
  const work = submitBatch({ ...open, onProgress, stop: io.stop }, manifest, options);
  const receipt = await Promise.race([work, patienceAfter(io.stop, ended.signal)]).finally(() => {
    ended.abort();
    line.end();
  });
  if (receipt?.done === total) {
    printReceipt(receipt, io);
    const vanished = await vanishedNote(open, manifest);
    if (vanished !== undefined) io.err(vanished);
    return true;
  }
  io.err(
    `Stopped: ${enqueued} of ${total} images of batch ${manifest.name} are registered; run it again to go on.`,
  );
  return false;
}

/** Answers nothing, some time after the stop; never when the work has ended before. */
async function patienceAfter(stop: AbortSignal, ended: AbortSignal): Promise<undefined> {
  while (!stop.aborted) {
    await systemClock.sleep(LONG_MS, AbortSignal.any([stop, ended]));
    if (ended.aborted) return undefined;
  }
  await systemClock.sleep(STOP_MS, ended);
}

/** Every manifest, or `undefined` after all errors of all files were printed, or when stopped. */
export async function readManifests(
  files: readonly string[],
  io: Pick<Io, 'err' | 'stop' | 'env'> & Partial<Pick<Io, 'draw' | 'terminal'>>,
): Promise<readonly Manifest[] | undefined> {
  const manifests: Manifest[] = [];
  for (const file of files) {
    // A large one takes many seconds.
    if (io.terminal) io.draw?.(`Reading ${escapeText(file)} …`);
    const result = await loadManifest(file, io.stop);
    if (io.terminal) io.draw?.('\r\u001b[2K');
    if (io.stop.aborted) return undefined;
    for (const warning of result.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    const whole = result.ok ? await expandPatterns(result.manifest, io) : result;
    if (whole !== result) {
      for (const warning of whole.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    }
    if (whole.ok) manifests.push(whole.manifest);
    else for (const issue of whole.issues) io.err(formatIssue(issue));
  }
  return manifests.length === files.length ? manifests : undefined;
}

function printReceipt(receipt: Receipt, io: Io): void {
  io.err(submittedLine(receipt));
  if (receipt.reordered > 0) {
    io.err(`${receipt.reordered} of them have a new priority and got another place in the queue.`);
  }
  for (const image of receipt.differing.slice(0, MOST_LISTED)) {
    io.err(`Warning: ${differingLine(image)}`);
  }
  const more = receipt.differing.length - MOST_LISTED;
  if (more > 0) io.err(`Warning: and ${more} more that differ`);
}
