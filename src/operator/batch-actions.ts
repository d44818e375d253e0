import { type AttemptDeps, newAttempt } from '../shared/attempt/new-attempt.ts';
import { enqueueCopy } from '../shared/attempt/wake-copies.ts';
import { compileGlob } from '../shared/image/glob.ts';
import type { ImportKey } from '../shared/image/import-key.ts';
import {
  type BatchDeps,
  batchEntries,
  refuseHalfArchived,
  requireBatch,
} from '../shared/ledger/batch-store.ts';
import { isDeclined, type LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import { type Queues, triggerOf } from '../shared/queues/queues.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import { type ImportState, type Status, stateVersion } from '../shared/state/import-state.ts';

/** Which images of a batch a command acts on. */
export interface Selection {
  readonly batch: string;
  /** Image names, with `*` and `?`; absent: all. */
  readonly name?: string;
  /** The code of the reason why it failed, is unknown, or is pending again. */
  readonly code?: string;
  /** This import only. */
  readonly key?: string;
  /** These imports only, each only while it is in the state that was seen: state versions by key. */
  readonly versions?: ReadonlyMap<ImportKey, string>;
}

/** True while an import is in the state in which it was selected. */
function isAsSelected({ versions }: Selection, entry: LedgerEntry): boolean {
  return versions === undefined || versions.get(entry.key) === stateVersion(entry);
}

/** The selected images of a batch in the manifest's order. */
export async function* selectImports(
  deps: BatchDeps,
  selection: Selection,
): AsyncGenerator<LedgerEntry> {
  const { name, code } = selection;
  const matches = name === undefined ? () => true : compileGlob(name).matches;
  for await (const entry of candidates(deps, selection)) {
    const { request, state } = entry;
    const isWanted = (code === undefined || code === codeIn(state)) && matches(request.name);
    if (isWanted && isAsSelected(selection, entry)) yield entry;
  }
}

/** Why it failed, is unknown, or is pending again. */
function codeIn(state: ImportState): string | undefined {
  if ('reason' in state) return state.reason.code;
  return state.status === 'pending' ? state.lastReason?.code : undefined;
}

/** The named imports of a batch, or all of it. */
async function* candidates(
  deps: BatchDeps,
  { batch, key, versions }: Selection,
): AsyncGenerator<LedgerEntry> {
  const keys = key === undefined ? versions && [...versions.keys()] : [key];
  if (keys === undefined) yield* batchEntries(deps, batch);
  else yield* (await deps.ledger.readMany(keys)).filter((one) => one.batches.includes(batch));
}

/** Stops submitting a batch; images that IMS has are followed to their end. */
export async function pauseBatch(deps: BatchDeps, batch: string): Promise<void> {
  await requireBatch(deps, batch);
  await deps.batches.setPaused(batch, true);
}

/** Ends a pause. Queue jobs of paused images have ended, so new ones are added. Returns how many. */
export async function unpauseBatch(
  deps: BatchDeps & { readonly queues: Queues },
  batch: string,
): Promise<number> {
  await requireBatch(deps, batch);
  // So that images created elsewhere in the meantime are adopted.
  await deps.batches.requireScan();
  await deps.batches.setPaused(batch, false);
  // Jobs added from now on are processed: workers no longer see the pause.
  const waiting = await deps.queues.waitingSubmits();
  let enqueued = 0;
  for await (const entry of batchEntries(deps, batch)) {
    if (entry.state.status !== 'pending') continue;
    const trigger = triggerOf(entry);
    if (waiting.has(trigger) || (await deps.queues.waitsToSubmit(trigger))) continue;
    const queued = await deps.ledger.requeued(entry.key);
    await deps.queues.addSubmits([{ ...trigger, queued }]);
    enqueued += 1;
  }
  return enqueued;
}

export interface Cancelled {
  readonly cancelled: number;
  /** Pending images that another batch still needs. */
  readonly wantedElsewhere: number;
  /** Images that were not cancelled, by state. */
  readonly left: Readonly<Partial<Record<Status, number>>>;
}

/**
 * Cancels every selected image that is not submitted yet. An import that another batch needs stays; it
 * is cancelled together with the last of its batches.
 */
export async function cancelBatch(
  deps: BatchDeps & { readonly clock: Clock; readonly queues: Queues },
  selection: Selection,
): Promise<Cancelled> {
  let cancelled = 0;
  let wantedElsewhere = 0;
  const left: Partial<Record<Status, number>> = {};
  for await (const { key, state } of selectImports(deps, selection)) {
    const isLast = await deps.ledger.decline(key, selection.batch);
    if (state.status === 'pending' && !isLast) {
      wantedElsewhere += 1;
      continue;
    }
    const onlyIf = (now: LedgerEntry): boolean => isDeclined(now) && isAsSelected(selection, now);
    const options = { now: deps.clock.now(), due: 0, onlyIf };
    const answer = await deps.ledger.change(key, { type: 'cancel' }, options);
    if (answer.kind === 'changed') {
      cancelled += 1;
      // Its copies fail with it.
      for (const copy of await deps.ledger.readMany(answer.entry.copies ?? []))
        await enqueueCopy(deps, copy);
      continue;
    }
    const { entry } = answer;
    if (entry) left[entry.state.status] = (left[entry.state.status] ?? 0) + 1;
  }
  return { cancelled, wantedElsewhere, left };
}

export interface RetryOptions extends Selection {
  /** Cancelled images too. */
  readonly cancelled: boolean;
}

export interface Retried {
  readonly started: number;
  /** Images of which an older create was found; it is followed first. */
  readonly following: number;
}

interface RetryDeps extends AttemptDeps, BatchDeps {
  readonly onProgress?: (retried: Retried) => void;
  /** Aborted: the remaining images are left unchanged. */
  readonly stop?: AbortSignal;
}

/**
 * Starts a new attempt for every selected image that failed.
 * @throws UsageError while the batch is being archived
 */
export async function retryBatch(deps: RetryDeps, options: RetryOptions): Promise<Retried> {
  await refuseHalfArchived(deps, options.batch);
  let started = 0;
  let following = 0;
  for await (const { key, state, declined } of selectImports(deps, options)) {
    const isWanted =
      state.status === 'failed' || (options.cancelled && state.status === 'cancelled');
    if (!isWanted) continue;
    if (deps.stop?.aborted) break;
    if (declined.includes(options.batch)) await deps.ledger.want(key, options.batch);
    const onlyIf = (now: LedgerEntry): boolean => isAsSelected(options, now);
    const entry = await newAttempt(deps, key, { type: 'retry', onlyIf });
    if (entry?.state.status === 'pending') started += 1;
    else if (entry) following += 1;
    deps.onProgress?.({ started, following });
  }
  return { started, following };
}
