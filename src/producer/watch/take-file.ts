import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { FerryError, UsageError } from '../../shared/errors/errors.ts';
import type { Manifest } from '../../shared/image/image-request.ts';
import type { TakenFile } from '../../shared/ledger/taken-files.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { formatIssue, type ParseResult, type Refused, refuse } from '../manifest/issue.ts';
import { parseBytes } from '../manifest/load-manifest.ts';
import { keepFormerName } from '../submit-batch.ts';
import type { DroppedImages } from './judge-dropped.ts';
import { receiptIssue } from './receipt.ts';
import type { Receipts } from './receipts.ts';
import { registerImages } from './register-dropped.ts';
import { readInFolder } from './scan-folder.ts';
import {
  type CloudLedger,
  fileIdentity,
  type WatchDeps,
  type WatchOptions,
  withFileLease,
} from './watch-deps.ts';

/** What was done with a file: `later` = another watcher has it; `no-bucket` = OBS did not answer for it or for a part of it. */
type Taking = 'taken' | 'unchanged' | 'rejected' | 'later' | 'no-bucket';

/** Takes one complete file of the folder: checks it, registers its images, and tracks it. */
export async function takeFile(
  name: string,
  deps: WatchDeps,
  { options, receipts }: { readonly options: WatchOptions; readonly receipts: Receipts },
): Promise<Taking> {
  const { folder } = options;
  const identity = fileIdentity(folder, name);
  const taking = await withFileLease(identity, deps, async () => {
    const path = join(folder, name);
    const read = await readInFolder(folder, name);
    const sha256 = read.ok ? createHash('sha256').update(read.bytes).digest('hex') : null;
    const written = read.ok
      ? await parseBytes(read.bytes, path, { stop: deps.stopping })
      : refuse(path, read.message);
    // A file that was not read completely is not refused.
    if (deps.stopping.aborted) return 'later';
    const result = await expanded(written, name, deps);
    if (!result) return 'no-bucket';
    const file = { name, identity, hasPatterns: result !== written };
    if (result.ok && sha256) return register(result, { ...file, sha256 }, { deps, receipts });
    if (!result.ok) await reject(result, { name, sha256 }, { deps, receipts });
    return 'rejected';
  });
  return taking ?? 'later';
}

interface At {
  readonly deps: WatchDeps;
  readonly receipts: Receipts;
}

/** With its patterns expanded; `undefined` when a bucket cannot be listed at the moment. */
async function expanded(
  written: ParseResult,
  file: string,
  { expand, log }: WatchDeps,
): Promise<ParseResult | undefined> {
  if (!written.ok || !written.manifest.expands) return written;
  try {
    return await expand(written.manifest);
  } catch (error) {
    if (!(error instanceof FerryError)) throw error;
    const { message, advice } = error;
    log.warn({ file, reason: message, advice }, 'manifest waits for its bucket');
    return undefined;
  }
}

async function reject(
  { issues, warnings }: Omit<Refused, 'ok'>,
  { name, sha256 }: { readonly name: string; readonly sha256: string | null },
  { deps, receipts }: At,
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

interface ReadFile {
  readonly name: string;
  readonly identity: string;
  readonly sha256: string;
  /** New objects in the bucket add images, although the file is unchanged. */
  readonly hasPatterns: boolean;
}

async function register(
  { manifest: written, warnings }: Extract<ParseResult, { ok: true }>,
  { name, identity, sha256, hasPatterns }: ReadFile,
  { deps, receipts }: At,
): Promise<Taking> {
  const before = await deps.files.get(identity);
  const { cloud } = written;
  const ledger = await deps.ledgerOf(cloud).catch(unknownCloud);
  if (ledger instanceof UsageError) {
    const { issues } = refuse(written.file, `${ledger.message} ${ledger.advice ?? ''}`);
    await reject({ issues, warnings }, { name, sha256 }, { deps, receipts });
    return 'rejected';
  }
  const manifest = await keepFormerName(ledger, written);
  const common = omitUndefined({ name, batch: manifest.name, cloud, sha256, warnings });
  const isKnown = before?.sha256 === sha256;
  if (isKnown && (await isArchived(before, ledger))) {
    const advice = 'to import it again: ims-ferry submit, or change the file';
    const fields = { file: name, ...logged(before), advice };
    deps.log.info(fields, 'manifest unchanged; its batch is archived');
    return 'unchanged';
  }
  if (isKnown && !hasPatterns && before.leftOut === undefined) {
    deps.log.info({ file: name, ...logged(before) }, 'manifest unchanged');
    const { images } = manifest;
    receipts.track({ ...common, images, leftOut: [], takenAt: before.at, notes: [] });
    return 'unchanged';
  }
  const dropped = await checked(manifest, name, deps);
  if (!dropped) return 'no-bucket';
  // Its last files may not have been looked at.
  if (deps.stopping.aborted) return 'later';
  if (dropped.kind === 'refused') {
    await reject({ issues: dropped.issues, warnings }, { name, sha256 }, { deps, receipts });
    return 'rejected';
  }
  for (const text of dropped.found) {
    deps.log.warn({ file: name, found: text }, 'image files checked');
  }
  const takenAt = deps.clock.now();
  const { batch } = common;
  const { leftOut } = dropped;
  const notes = await registerImages(manifest, dropped, { ledger, stop: deps.stopping });
  if (!notes) return 'later';
  const [submitted, ...more] = notes;
  const all = [...more, ...warnings.map(formatIssue)];
  const fields = { file: name, batch, submitted, ...(all.length > 0 && { notes: all }) };
  const taken = before ? 'edited manifest submitted' : 'manifest submitted';
  deps.log.info(fields, isKnown ? 'manifest looked at again' : taken);
  const { images } = dropped.manifest;
  const lines = [submitted, ...dropped.found, ...more];
  receipts.track({ ...common, images, leftOut, takenAt, notes: lines });
  const leftOutCount = leftOut.length > 0 ? leftOut.length : undefined;
  const known = omitUndefined({ sha256, batch, at: takenAt, leftOut: leftOutCount });
  await deps.files.set(identity, known);
  return dropped.isPartial ? 'no-bucket' : 'taken';
}

/** `undefined` while its bucket does not answer. */
async function checked(
  manifest: Manifest,
  name: string,
  { check, log }: WatchDeps,
): Promise<Exclude<DroppedImages, { kind: 'waits' }> | undefined> {
  const dropped = await check(manifest);
  if (dropped.kind !== 'waits') return dropped;
  const { reason, advice } = dropped;
  log.warn({ file: name, reason, advice }, 'manifest waits for its bucket');
  return undefined;
}

function unknownCloud(error: unknown): UsageError {
  if (error instanceof UsageError) return error;
  throw error;
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
