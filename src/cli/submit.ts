import { differingLine, submittedLine } from '../producer/describe-submitted.ts';
import { formatIssue } from '../producer/manifest/issue.ts';
import { loadManifest } from '../producer/manifest/load-manifest.ts';
import { type Receipt, submitBatch } from '../producer/submit-batch.ts';
import type { Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import { checkBeforeSubmit } from './check-before-submit.ts';
import type { Io } from './io.ts';
import { openLedger } from './open-ledger.ts';
import { waitForBatches } from './wait-for-batches.ts';

export interface SubmitOptions {
  readonly wait: boolean;
  readonly keepWaiting: boolean;
  readonly retryFailed: boolean;
  readonly recreate: boolean;
  /** Look at the quota and the source objects first. */
  readonly check: boolean;
  /** Begin although the quota cannot hold everything. */
  readonly partial: boolean;
}

/** `submit FILE…`: checks all files, then registers and enqueues; nothing when one is wrong. */
export async function submit(
  files: readonly string[],
  options: SubmitOptions,
  env: { readonly config: Config; readonly io: Io },
): Promise<ExitCode> {
  const { config, io } = env;
  const manifests = await readManifests(files, io);
  if (!manifests) return EXIT.usage;
  const open = await openLedger(config, false, io);
  try {
    const { check, partial } = options;
    const checking = { config, io, partial };
    if (check && config.submitChecks && !(await checkBeforeSubmit(open, manifests, checking))) {
      return EXIT.imageFailed;
    }
    for (const manifest of manifests) {
      printReceipt(await submitBatch(open, manifest, options), io);
    }
    if (!options.wait) return EXIT.ok;
    if ((await open.queues.submit.getWorkersCount()) === 0) {
      io.err('No worker is running yet; start one with: ims-ferry work');
    }
    const batches = [...new Set(manifests.map((manifest) => manifest.name))];
    return await waitForBatches({ deps: open, batches, keepWaiting: options.keepWaiting }, io);
  } finally {
    await open.close();
  }
}

/** Every manifest, or `undefined` after all errors of all files were printed. */
export async function readManifests(
  files: readonly string[],
  io: Io,
): Promise<readonly Manifest[] | undefined> {
  const manifests: Manifest[] = [];
  for (const file of files) {
    const result = await loadManifest(file);
    for (const warning of result.warnings) io.err(`Warning: ${formatIssue(warning)}`);
    if (result.ok) manifests.push(result.manifest);
    else for (const issue of result.issues) io.err(formatIssue(issue));
  }
  return manifests.length === files.length ? manifests : undefined;
}

function printReceipt(receipt: Receipt, io: Io): void {
  io.err(submittedLine(receipt));
  for (const image of receipt.differing) io.err(`Warning: ${differingLine(image)}`);
}
