import type { ImportKey } from '../shared/image/import-key.ts';
import type { ChangeAnswer } from '../shared/ledger/import-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Logger } from '../shared/log/logger.ts';
import { triggerOf } from '../shared/queues/trigger-of.ts';
import { type ImportEvent, stateVersion } from '../shared/state/import-state.ts';
import { dueAt, pendingDueMs } from './due-time.ts';
import type { WorkerDeps } from './worker-deps.ts';

/** What is to be recorded. */
export interface Happened {
  readonly event: ImportEvent;
  /** The delay of the step that is planned next. */
  readonly nextStepMs?: number;
  /** The import as it was read in this step: saves reading it again. */
  readonly seen?: LedgerEntry;
}

/** Writes an event into the ledger and one line into the log when the state changed by it. */
export async function record(
  deps: WorkerDeps,
  key: ImportKey,
  happened: Happened,
): Promise<ChangeAnswer> {
  const now = deps.clock.now();
  const { event, nextStepMs = 0, seen } = happened;
  const becomesPending = event.type === 'not-sent' || event.type === 'not-found';
  const due = becomesPending
    ? now + Math.min(pendingDueMs(deps.config), nextStepMs + 2 * deps.config.lockMs)
    : dueAt(deps.config, { status: 'creating' }, { now, nextStepMs });
  const answer = await deps.ledger.change(key, event, {
    now: deps.clock.wall.now(),
    due,
    ...(seen === undefined ? {} : { seen }),
  });
  if (answer.kind === 'taken') {
    const followed = withoutImage(event, answer.imageId);
    return followed ? record(deps, key, { ...happened, event: followed }) : holdTaken(deps, answer);
  }
  if (answer.kind === 'changed') {
    logChange(deps, answer.before, answer.entry);
    countChange(deps, answer.before, answer.entry);
    await logFinished(deps, answer.finished);
    await raiseStrays(deps, answer.before, answer.entry);
  }
  return answer;
}

/** Its IMS job is followed all the same: that says which image is its own. */
function withoutImage(event: ImportEvent, takenImageId: string): ImportEvent | undefined {
  if (event.type !== 'accepted' || event.takenImageId !== undefined) return undefined;
  return { ...event, takenImageId };
}

/** The image that this import would get is another's: nobody but a person can say whose it is. */
async function holdTaken(
  deps: WorkerDeps,
  { entry, imageId, owner }: Extract<ChangeAnswer, { kind: 'taken' }>,
): Promise<ChangeAnswer> {
  const { key } = entry;
  const name = (await deps.ledger.read(owner))?.request.name ?? owner;
  importLogger(deps, entry).error({ imageId, owner }, 'image of another import: it is not taken');
  const reason = {
    code: 'IMAGE_TAKEN',
    message: `image ${imageId} was found for this import, but it is that of another one (${name})`,
    advice: `Look at the image; ims-ferry resolve settles this import.`,
  };
  const of = stateVersion(entry);
  const at = deps.clock.now();
  const imageIds = [imageId];
  const event = { type: 'disputed', of, reason, imageIds, areOurs: false, at } as const;
  const answer = await record(deps, key, { event });
  return answer.kind === 'taken' ? { kind: 'ignored', entry } : answer;
}

/**
 * Like `record`, for evidence that must not get lost: while Redis refuses, it is tried again until
 * the process ends.
 */
export async function recordEvidence(
  deps: WorkerDeps,
  key: ImportKey,
  happened: Happened,
): Promise<ChangeAnswer> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await record(deps, key, happened);
    } catch (error) {
      if (tries === 1) deps.log.error({ err: error, key }, 'answer of IMS not recorded yet');
      await deps.clock.sleep(Math.min(5000, 100 * 2 ** tries));
    }
  }
}

/** A logger that names the import in every line: key, batch, and its IMS job once it has one. */
export function importLogger(deps: WorkerDeps, entry: LedgerEntry): Logger {
  const { key, batches, state, request } = entry;
  const imsJobId = 'jobId' in state ? state.jobId : undefined;
  const job = imsJobId === undefined ? {} : { imsJobId };
  return deps.log.child({ key, name: request.name, batch: batches, ...job });
}

/** The one line of the log for a state change. */
export function logChange(deps: WorkerDeps, before: LedgerEntry, entry: LedgerEntry): void {
  const { state } = entry;
  if (before.state.status === state.status && heldOf(before) === heldOf(entry)) return;
  const fields = {
    from: before.state.status,
    to: state.status,
    attempt: entry.attempt,
    epoch: entry.epoch,
    revision: entry.revision,
    ...('imageId' in state && state.imageId ? { imageId: state.imageId } : {}),
    ...('reason' in state ? { reason: state.reason } : {}),
    ...('lastReason' in state && state.lastReason ? { reason: state.lastReason } : {}),
    ...('held' in state ? { held: state.held } : {}),
  };
  const log = importLogger(deps, entry);
  const troubled = state.status === 'failed' || state.status === 'unknown';
  if (troubled) log.warn(fields, 'import moved');
  else log.info(fields, 'import moved');
}

function countChange(deps: WorkerDeps, before: LedgerEntry, entry: LedgerEntry): void {
  const { state, acceptedAt } = entry;
  if (before.state.status === state.status && heldOf(before) === heldOf(entry)) return;
  const isOver = state.status === 'succeeded' || state.status === 'failed';
  const now = deps.clock.wall.now();
  if (isOver) deps.traces.outcome(entry, now);
  const took = isOver && acceptedAt !== undefined ? now - acceptedAt : undefined;
  deps.metrics.moved({
    from: before.state.status,
    to: heldOf(entry) ? 'held' : state.status,
    ...('reason' in state ? { code: state.reason.code } : {}),
    ...(took === undefined ? {} : { importSeconds: Math.max(0, took) / 1000 }),
  });
}

function heldOf(entry: LedgerEntry): boolean {
  return entry.state.status === 'unknown' && entry.state.held;
}

async function logFinished(deps: WorkerDeps, batches: readonly string[]): Promise<void> {
  for (const name of batches) {
    const summary = await deps.batches.summary(name);
    deps.log.info({ batch: name, counts: summary?.counts }, 'batch finished');
  }
}

/** A second IMS job for one import: an alarm, and it is followed to its end. */
async function raiseStrays(
  deps: WorkerDeps,
  before: LedgerEntry,
  entry: LedgerEntry,
): Promise<void> {
  const log = importLogger(deps, entry);
  const { epoch } = entry;
  for (const imageId of entry.lateImageIds) {
    if (before.lateImageIds.includes(imageId)) continue;
    log.error(
      { strayImageId: imageId, epoch },
      'double: an image of an older create was found while a newer one is under way',
    );
  }
  for (const imsJobId of entry.lateJobIds) {
    if (before.lateJobIds.includes(imsJobId)) continue;
    log.error(
      { strayJobId: imsJobId, epoch },
      'double: a late answer brought a second IMS job for this import',
    );
    await deps.queues.addStray(triggerOf(entry), imsJobId);
  }
  const late = answeredAfterAdoption(before, entry);
  if (late === undefined) return;
  log.info({ epoch }, 'the answer came after the image was found; they are compared');
  await deps.queues.addStray(triggerOf(entry), late);
}

function answeredAfterAdoption(before: LedgerEntry, entry: LedgerEntry): string | undefined {
  const { state } = entry;
  if (before.state.status !== 'succeeded' || state.status !== 'succeeded') return undefined;
  return before.state.jobId === undefined ? state.jobId : undefined;
}
