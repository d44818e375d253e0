import { enqueueCopy, wakeCopies } from '../shared/attempt/wake-copies.ts';
import type { Config } from '../shared/config/config.ts';
import type { ImportKey } from '../shared/image/import-key.ts';
import type { BatchStore } from '../shared/ledger/batch-store.ts';
import type { FleetClock } from '../shared/ledger/fleet-clock.ts';
import type { ChangeAnswer, ImportStore } from '../shared/ledger/import-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { Metrics } from '../shared/metrics/metrics.ts';
import { type Queues, triggerOf } from '../shared/queues/queues.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import { type ImportEvent, stateVersion } from '../shared/state/import-state.ts';
import { isEnded, isInFlight } from '../shared/state/machine.ts';
import type { Traces } from '../shared/tracing/traces.ts';

/** How long after its planned step an import counts as forgotten. */
export function graceMs({ lockMs }: Pick<Config, 'lockMs'>): number {
  return 2 * lockMs;
}

/** How long a pending import may wait before maintenance checks that its queue job still exists. */
export function pendingDueMs({ lockMs }: Pick<Config, 'lockMs'>): number {
  return 20 * lockMs;
}

interface Happened {
  readonly event: ImportEvent;
  /** The delay of the next planned step. */
  readonly nextStepMs?: number;
  /** The import as it was read in this step: saves reading it again. */
  readonly seen?: LedgerEntry;
}

interface RecordDeps {
  readonly config: Config;
  readonly ledger: ImportStore;
  readonly batches: BatchStore;
  readonly queues: Queues;
  readonly clock: FleetClock;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly traces: Traces;
}

/** Writes an event into the ledger, and one line into the log when it changed the state. */
export async function record(
  deps: RecordDeps,
  key: ImportKey,
  happened: Happened,
): Promise<ChangeAnswer> {
  const { event, nextStepMs = 0, seen } = happened;
  const becomesPending = event.type === 'not-sent' || event.type === 'not-found';
  const afterMs = nextStepMs + graceMs(deps.config);
  const dueMs = becomesPending ? Math.min(pendingDueMs(deps.config), afterMs) : afterMs;
  const times = { now: deps.clock.wall.now(), due: deps.clock.now() + dueMs };
  const answer = await deps.ledger.change(key, event, omitUndefined({ ...times, seen }));
  if (answer.kind === 'taken') {
    const withoutImage = followJobOnly(event, answer.imageId);
    return withoutImage
      ? record(deps, key, { ...happened, event: withoutImage })
      : holdTaken(deps, answer);
  }
  if (answer.kind === 'changed') {
    const { before, entry } = answer;
    logChange(deps, before, entry);
    if (!isSameState(before, entry)) countChange(deps, before, entry);
    for (const name of answer.finished) {
      const summary = await deps.batches.summary(name);
      deps.log.info({ batch: name, counts: summary?.counts }, 'batch finished');
    }
    await followLateJobs(deps, before, entry);
    await callCopies(deps, before, entry);
  }
  return answer;
}

/** Copies of this image that wait for it, and copies that wait for a place that this one has left. */
async function callCopies(
  deps: RecordDeps,
  before: LedgerEntry,
  entry: LedgerEntry,
): Promise<void> {
  const { clock, config } = deps;
  const { status } = entry.state;
  const hasEnded = isEnded(status) && status !== before.state.status;
  if (hasEnded && entry.copies !== undefined) {
    const at = clock.now();
    await wakeCopies(deps, entry, { at, now: clock.wall.now(), due: at + graceMs(config) });
  }
  const hasLeft = isInFlight(before.state) && !isInFlight(entry.state);
  if (hasLeft && entry.request.kind === 'copy') await callNextCopy(deps);
}

/** The copy that has waited longest for a place of copies tries again. */
export async function callNextCopy(deps: Pick<RecordDeps, 'ledger' | 'queues'>): Promise<void> {
  const { ledger } = deps;
  for (let key = await ledger.nextInCrowd(); key !== undefined; key = await ledger.nextInCrowd()) {
    const [next] = await ledger.readMany([key]);
    if (next?.state.status !== 'pending') continue;
    await enqueueCopy(deps, next);
    return;
  }
}

/** An accepted create whose image belongs to another import: its IMS job says which image is its own. */
function followJobOnly(event: ImportEvent, takenImageId: string): ImportEvent | undefined {
  if (event.type !== 'accepted' || event.takenImageId !== undefined) return undefined;
  return { ...event, takenImageId };
}

/** The image belongs to another import: only a person can say whose it is. */
async function holdTaken(
  deps: RecordDeps,
  { entry, imageId, owner }: Extract<ChangeAnswer, { kind: 'taken' }>,
): Promise<ChangeAnswer> {
  const { key } = entry;
  const name = (await deps.ledger.read(owner))?.request.name ?? owner;
  importLogger(deps, entry).error({ imageId, owner }, 'image belongs to another import: not taken');
  const reason = {
    code: 'IMAGE_TAKEN',
    message: `image ${imageId} was found for this import, but belongs to another one (${name})`,
    advice: 'Check the image, then run ims-ferry resolve for this import.',
  };
  const about = { of: stateVersion(entry), at: deps.clock.now(), imageIds: [imageId] };
  const event = { type: 'disputed', ...about, reason, areOurs: false } as const;
  const answer = await record(deps, key, { event });
  return answer.kind === 'taken' ? { kind: 'ignored', entry } : answer;
}

/** Like `record`, for evidence that must not get lost: retried until Redis takes it. */
export async function recordEvidence(
  deps: RecordDeps,
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
export function importLogger({ log }: Pick<RecordDeps, 'log'>, entry: LedgerEntry): Logger {
  const { key, batches, state, request } = entry;
  const imsJobId = 'jobId' in state ? state.jobId : undefined;
  return log.child(omitUndefined({ key, name: request.name, batch: batches, imsJobId }));
}

/** The one line of the log for a state change. */
export function logChange(
  deps: Pick<RecordDeps, 'log'>,
  before: LedgerEntry,
  entry: LedgerEntry,
): void {
  const { state } = entry;
  if (isSameState(before, entry)) return;
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
  const needsAttention = state.status === 'failed' || state.status === 'unknown';
  importLogger(deps, entry)[needsAttention ? 'warn' : 'info'](fields, 'import moved');
}

function countChange(deps: RecordDeps, before: LedgerEntry, entry: LedgerEntry): void {
  const { state, acceptedAt } = entry;
  const isOver = state.status === 'succeeded' || state.status === 'failed';
  const now = deps.clock.wall.now();
  if (isOver) deps.traces.outcome(entry, now);
  const tookMs = isOver && acceptedAt !== undefined ? now - acceptedAt : undefined;
  deps.metrics.moved(
    omitUndefined({
      from: before.state.status,
      to: isHeld(entry) ? ('held' as const) : state.status,
      code: 'reason' in state ? state.reason.code : undefined,
      importSeconds: tookMs === undefined ? undefined : Math.max(0, tookMs) / 1000,
    }),
  );
}

function isSameState(before: LedgerEntry, entry: LedgerEntry): boolean {
  return before.state.status === entry.state.status && isHeld(before) === isHeld(entry);
}

function isHeld({ state }: LedgerEntry): boolean {
  return state.status === 'unknown' && state.held;
}

/** A second IMS job or image for one import raises the alarm; the job is followed to its end. */
async function followLateJobs(
  deps: RecordDeps,
  before: LedgerEntry,
  entry: LedgerEntry,
): Promise<void> {
  const log = importLogger(deps, entry);
  const { epoch, state } = entry;
  for (const lateImageId of entry.lateImageIds) {
    if (before.lateImageIds.includes(lateImageId)) continue;
    log.error(
      { lateImageId, epoch },
      'double: an image of an older create was found while a newer create is under way',
    );
  }
  for (const lateJobId of entry.lateJobIds) {
    if (before.lateJobIds.includes(lateJobId)) continue;
    log.error(
      { lateJobId, epoch },
      'double: a late answer brought a second IMS job for this import',
    );
    await deps.queues.addLateJob(triggerOf(entry), lateJobId);
  }
  const { state: was } = before;
  if (was.status !== 'succeeded' || was.jobId !== undefined) return;
  if (state.status !== 'succeeded' || state.jobId === undefined) return;
  log.info({ epoch }, 'the answer came after the image was found; comparing them');
  await deps.queues.addLateJob(triggerOf(entry), state.jobId);
}
