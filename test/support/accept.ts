import { importKey } from '../../src/shared/image/import-key.ts';
import { triggerOf } from '../../src/shared/queues/queues.ts';
import type { WorkerDeps } from '../../src/worker/step.ts';
import { imageRequest } from './images.ts';
import { HOLDER } from './ledger-parts.ts';

/** Registers an import and brings it into creation, with a poll that waits for a minute. */
export async function accept(deps: WorkerDeps, name: string): Promise<void> {
  const now = deps.clock.now();
  const request = imageRequest(name);
  const images = [{ request, line: 1 }];
  await deps.batches.register('b', images, { now, due: now + 60_000 });
  await deps.guard.report(HOLDER);
  await deps.guard.scanned(await deps.guard.beginScan());
  const entry = await deps.ledger.read(importKey(request));
  if (!entry) throw new Error('not registered');
  const admitted = await deps.ledger.admit(entry, {
    now,
    submittedAt: now,
    budgetMs: 5000,
    due: now + 60_000,
    sender: 'w.1',
    maxInFlight: 30,
    seenGeneration: 0,
    gapMs: 0,
  });
  if (admitted.kind !== 'admitted') throw new Error(`not admitted: ${admitted.kind}`);
  const event = { type: 'accepted', epoch: 1, jobId: `job-${name}`, at: now } as const;
  const { entry: accepted } = await deps.ledger.change(entry.key, event, {
    now,
    due: now + 60_000,
  });
  if (accepted) await deps.queues.addPoll(triggerOf(accepted), 60_000);
}
