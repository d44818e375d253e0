import type { SubmitAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import { isDeclined, type LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { triggerOf } from '../../shared/queues/trigger-of.ts';
import { logChange } from '../record.ts';
import type { Step, WorkerDeps } from '../worker-deps.ts';
import type { AdmissionGate, Admitted } from './admission.ts';
import { checkGone } from './check-gone.ts';
import { settleAnswer } from './settle-answer.ts';

/** One step of the queue `image-submit`: at most one POST, and only after an intent of its own. */
export async function submitImport(
  deps: WorkerDeps,
  gate: AdmissionGate,
  key: ImportKey,
): Promise<Step> {
  const entry = await deps.ledger.read(key);
  if (!entry) return { kind: 'done' };
  switch (entry.state.status) {
    case 'pending':
      return submitPending(deps, gate, entry);
    case 'submitting':
    case 'creating':
    case 'unknown':
      // A submit that starts again: the image is in IMS's hands, or its sender is gone.
      await deps.queues.addPoll(triggerOf(entry), 0);
      return { kind: 'done' };
    case 'failed':
      return { kind: 'failed', reason: entry.state.reason };
    case 'succeeded':
    case 'cancelled':
      return { kind: 'done' };
  }
}

async function submitPending(
  deps: WorkerDeps,
  gate: AdmissionGate,
  entry: LedgerEntry,
): Promise<Step> {
  const checked = await checkGone(deps, entry);
  if (checked.kind === 'not-yet') return checked.step;
  const admission = await gate.admit(checked.entry);
  switch (admission.kind) {
    case 'stopping':
      return { kind: 'put-back' };
    case 'paused':
      await cancelDeclined(deps, entry);
      return { kind: 'done' };
    case 'moved':
      return { kind: 'again', delayMs: 100 };
    case 'admitted':
      return settleAnswer(deps, admission, await sendOnceSafe(deps, admission));
  }
}

/** A `cancel` that was killed half-way is brought to its end. */
async function cancelDeclined(deps: WorkerDeps, { key }: LedgerEntry): Promise<void> {
  const now = deps.clock.wall.now();
  const options = { now, due: deps.clock.now(), onlyIf: isDeclined };
  const answer = await deps.ledger.change(key, { type: 'cancel' }, options);
  if (answer.kind === 'changed') logChange(deps, answer.before, answer.entry);
}

const NOT_ON_DISK: SubmitAnswer = {
  kind: 'not-sent',
  cause: 'network',
  code: 'NOT_ON_DISK',
  // With `everysec` Redis counts the seconds by the wall clock: it syncs nothing until that has caught up.
  message:
    'It was not confirmed in time that the intent is on the disk. Check the disk of Redis and the state folder of this host; if the clock of the Redis host was set back, run: redis-cli config set appendfsync always',
};

/** An intent that could be lost with the host of Redis protects nothing: it is put back, unsent. */
async function sendOnceSafe(deps: WorkerDeps, admitted: Admitted): Promise<SubmitAnswer> {
  return (await admitted.isOnDisk()) ? post(deps, admitted) : NOT_ON_DISK;
}

/** The only create of the product. */
function post(deps: WorkerDeps, admitted: Admitted): Promise<SubmitAnswer> {
  deps.doubts.begin(admitted.entry.key);
  return deps.ims.submit({
    session: admitted.session,
    request: admitted.entry.request,
    key: admitted.entry.key,
    timeoutMs: deps.config.postTimeoutMs,
    beforeSend: () => !deps.stopping.aborted && admitted.deadline.mayStillSend(),
  });
}
