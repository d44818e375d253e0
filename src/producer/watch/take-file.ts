import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { FerryError } from '../../shared/errors/errors.ts';
import type { TakenFile } from '../../shared/ledger/taken-files.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { differingLine, missingImagesNote, submittedLine } from '../describe-submitted.ts';
import { formatIssue, type ParseResult, refuse } from '../manifest/issue.ts';
import { parseBytes } from '../manifest/load-manifest.ts';
import { keepFormerName, submitBatch } from '../submit-batch.ts';
import { receiptIssue } from './receipt.ts';
import type { Receipts } from './receipts.ts';
import { readInFolder } from './scan-folder.ts';
import {
  type CloudLedger,
  fileIdentity,
  type WatchDeps,
  type WatchOptions,
  withFileLease,
} from './watch-deps.ts';

/** What was done with a file: `later` = another watcher has it; `no-bucket` = OBS did not answer. */
export type Taking = 'taken' | 'unchanged' | 'rejected' | 'later' | 'no-bucket';

interface ReadManifest {
  readonly name: string;
  /** `null` when the file could not be read. */
  readonly sha256: string | null;
  readonly result: ParseResult;
  /** New objects in the bucket add images, although the file is unchanged. */
  readonly hasPatterns?: boolean;
}

/** Takes one complete file of the folder: checks it, registers its images, and tracks it. */
export async function takeFile(
  name: string,
  deps: WatchDeps,
  at: { readonly options: WatchOptions; readonly receipts: Receipts },
): Promise<Taking> {
  const { folder } = at.options;
  const taking = await withFileLease(fileIdentity(folder, name), deps, async () => {
    const written = await readManifest(folder, name, deps.stopping);
    // A file that was not read completely is not refused.
    if (deps.stopping.aborted) return 'later';
    const read = await expanded(written, deps);
    if (!read) return 'no-bucket';
    if (read.result.ok) return register(read.result, { ...at, ...read, deps });
    await reject(read, read.result, { deps, receipts: at.receipts });
    return 'rejected';
  });
  return taking ?? 'later';
}

/** With its patterns expanded; `undefined` when a bucket cannot be listed at the moment. */
async function expanded(read: ReadManifest, deps: WatchDeps): Promise<ReadManifest | undefined> {
  if (!read.result.ok || !read.result.manifest.expands) return read;
  try {
    return { ...read, result: await deps.expand(read.result.manifest), hasPatterns: true };
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    const { message, advice } = error;
    deps.log.warn({ file: read.name, reason: message, advice }, 'manifest waits for its bucket');
    return undefined;
  }
}

async function readManifest(
  folder: string,
  name: string,
  stop: AbortSignal,
): Promise<ReadManifest> {
  const path = join(folder, name);
  const read = await readInFolder(folder, name);
  if (!read.ok) return { name, sha256: null, result: refuse(path, read.message) };
  const sha256 = createHash('sha256').update(read.bytes).digest('hex');
  return { name, sha256, result: await parseBytes(read.bytes, path, stop) };
}

async function reject(
  { name, sha256 }: ReadManifest,
  { issues, warnings }: Extract<ParseResult, { ok: false }>,
  { deps, receipts }: { readonly deps: WatchDeps; readonly receipts: Receipts },
): Promise<void> {
  deps.log.error({ file: name, errors: issues.map(formatIssue) }, 'manifest refused');
  await receipts.reject({
    ok: false,
    state: 'rejected',
    file: name,
    sha256,
    written_at: new Date(deps.clock.now()).toISOString(),
    errors: issues.map(receiptIssue),
    warnings: warnings.map(receiptIssue),
  });
}

interface Registering extends ReadManifest {
  readonly deps: WatchDeps;
  readonly options: WatchOptions;
  readonly receipts: Receipts;
}

async function register(
  { manifest: written, warnings }: Extract<ParseResult, { ok: true }>,
  at: Registering,
): Promise<Taking> {
  const { deps, name, receipts } = at;
  const sha256 = at.sha256 ?? '';
  const identity = fileIdentity(at.options.folder, name);
  const before = await deps.files.get(identity);
  const { cloud } = written;
  const ledger = await deps.ledgerOf(cloud);
  const manifest = await keepFormerName(ledger, written);
  const { images } = manifest;
  const common = omitUndefined({ name, batch: manifest.name, cloud, sha256, images, warnings });
  const isKnown = before?.sha256 === sha256;
  if (isKnown && (await isArchived(before, ledger))) {
    const advice = 'to import it again: ims-ferry submit, or change the file';
    const fields = { file: name, ...logged(before), advice };
    deps.log.info(fields, 'manifest unchanged; its batch is archived');
    return 'unchanged';
  }
  if (isKnown && !at.hasPatterns) {
    deps.log.info({ file: name, ...logged(before) }, 'manifest unchanged');
    receipts.track({ ...common, takenAt: before.at, notes: [] });
    return 'unchanged';
  }
  const takenAt = deps.clock.now();
  const flags = { retryFailed: false, recreate: false };
  const submitted = await submitBatch({ ...ledger, stop: deps.stopping }, manifest, flags);
  if (submitted.done < submitted.total) return 'later';
  const line = submittedLine(submitted);
  const missing = await missingImagesNote(ledger, manifest);
  const notes = [...submitted.differing.map(differingLine), ...(missing ? [missing] : [])];
  const all = [...notes, ...warnings.map(formatIssue)];
  const fields = { file: name, batch: manifest.name, submitted: line };
  deps.log.info(
    all.length === 0 ? fields : { ...fields, notes: all },
    before ? 'edited manifest submitted' : 'manifest submitted',
  );
  receipts.track({ ...common, takenAt, notes: [line, ...notes] });
  await deps.files.set(identity, { sha256, batch: manifest.name, at: takenAt });
  return 'taken';
}

/**
 * The file was taken, and its batch has left the ledger. Taking it again would create images that were
 * deleted from IMS since, only because a watcher has started: that is for a person to decide.
 */
async function isArchived({ batch }: TakenFile, { batches }: CloudLedger): Promise<boolean> {
  return (await batches.summary(batch)) === undefined;
}

function logged({ batch, at }: TakenFile) {
  return { batch, taken: new Date(at).toISOString() };
}
