import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { ImportState } from '../../shared/state/import-state.ts';
import { record } from '../record.ts';
import { slowDown } from '../slow-down.ts';
import { type Step, triggerOf, type WorkerDeps } from '../worker-deps.ts';
import { decideUnknown, lookUpDelay } from './decide-unknown.ts';
import { findOurs } from './find-ours.ts';

/** Settles an unknown import: adopt what is found, else wait out the window, then by policy. */
export async function lookUp(
  deps: WorkerDeps,
  entry: LedgerEntry,
  state: Extract<ImportState, { status: 'unknown' }>,
): Promise<Step> {
  const { windowMs, policy } = deps.config.unknown;
  const startedAt = deps.clock.now();
  const pauseMs = lookUpDelay(state.lookUps, windowMs);
  const found = await findOurs(deps, entry);
  if (found.kind === 'failed') {
    if (!found.throttled) return { kind: 'again', delayMs: pauseMs };
    return { kind: 'again', delayMs: await slowDown(deps, 'read', found.retryAfterMs) };
  }
  if (found.images.length > 0) return adopt(deps, entry, found.images);
  const lag = await deps.project.listingLag();
  const verdict = decideUnknown({ startedAt, sendBy: state.sendBy, policy, windowMs, lag });
  const answer = await record(deps, entry.key, {
    event: { type: 'not-found', verdict },
    nextStepMs: pauseMs,
  });
  if (verdict === 'look-again') return { kind: 'again', delayMs: pauseMs };
  const after = answer.kind === 'changed' ? answer.entry : undefined;
  if (after?.state.status === 'pending') await deps.queues.addSubmits([triggerOf(after)]);
  return { kind: 'done' };
}

async function adopt(
  deps: WorkerDeps,
  entry: LedgerEntry,
  images: readonly { readonly id: string; readonly status: string }[],
): Promise<Step> {
  const at = deps.clock.now();
  const [image, ...more] = images;
  if (!image) return { kind: 'done' };
  if (more.length > 0) {
    const imageIds = images.map(({ id }) => id);
    await record(deps, entry.key, { event: { type: 'found-many', imageIds, at } });
    deps.log.error({ key: entry.key, imageIds }, 'double: several images carry one marker');
    return { kind: 'done' };
  }
  const answer = await record(deps, entry.key, { event: { type: 'found', image, at } });
  const status = answer.entry?.state.status;
  return status === 'creating'
    ? { kind: 'again', delayMs: deps.config.poll.minMs }
    : { kind: 'done' };
}
