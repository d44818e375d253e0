import { formatIssue } from '../producer/manifest/issue.ts';
import { loadManifest } from '../producer/manifest/load-manifest.ts';
import { type Receipt, submitBatch } from '../producer/submit-batch.ts';
import type { Config } from '../shared/config/config.ts';
import { EXIT, type ExitCode } from '../shared/errors/errors.ts';
import type { Manifest } from '../shared/image/image-request.ts';
import type { Io } from './io.ts';
import { openLedger } from './open-ledger.ts';
import { waitForBatches } from './wait-for-batches.ts';

export interface SubmitOptions {
  readonly wait: boolean;
  readonly keepWaiting: boolean;
  readonly retryFailed: boolean;
  readonly recreate: boolean;
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
  const { counts } = receipt;
  const enqueued = (counts.new ?? 0) + (counts.again ?? 0) + (counts.pending ?? 0);
  const already = [
    [counts.succeeded, 'already imported'],
    [(counts.creating ?? 0) + (counts.submitting ?? 0), 'already under way'],
    [counts.unknown, 'unknown, being looked up or held'],
    [counts.failed, 'failed before, not retried (--retry-failed does)'],
    [counts.cancelled, 'cancelled before'],
  ] as const;
  const rest = already.filter(([count]) => count).map(([count, words]) => `, ${count} ${words}`);
  io.err(`Batch ${receipt.batch}: ${enqueued} of ${receipt.total} images enqueued${rest.join('')}`);
  for (const image of receipt.differing) {
    const how = image.kind === 'succeeded' ? 'already imported' : `already ${image.kind}`;
    io.err(`Warning: ${image.name}: ${how}, differs in ${image.differs.join(', ')}`);
  }
}
