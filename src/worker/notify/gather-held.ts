import type { z } from 'zod';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import type { heldSchema } from '../../shared/notify/notification.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import type { WorkerDeps } from '../step.ts';

type GatherDeps = Pick<WorkerDeps, 'batches' | 'clock' | 'config' | 'ledger' | 'project'>;

/** Images are often held together: they become one event for each batch. */
const LONGEST_WAIT_MS = 10_000;
const MOST_AT_ONCE = 1000;
const NAMED = 10;

/** Announces held images, some seconds after the first of them was seen. */
export function createGatherer(deps: GatherDeps): () => Promise<void> {
  const { project, clock, config, ledger } = deps;
  const waitMs = Math.min(LONGEST_WAIT_MS, config.lockMs);
  let since: number | undefined;
  return async () => {
    const keys = (await project.outbox.heldNew()).slice(0, MOST_AT_ONCE);
    if (keys.length === 0) since = undefined;
    else since ??= clock.monotonic();
    if (since === undefined || clock.monotonic() - since < waitMs) return;
    since = undefined;
    const events = await heldEvents(deps, await ledger.readMany(keys));
    await project.outbox.announceHeld(keys, events);
  };
}

type Held = z.infer<typeof heldSchema>;

async function heldEvents({ batches }: GatherDeps, entries: readonly LedgerEntry[]) {
  const byBatch = new Map<string, Held['images']>();
  for (const { key, request, state, batches: names } of entries) {
    if (state.status !== 'unknown' || !state.held) continue;
    const { code, message } = state.reason;
    const copy_to = request.kind === 'copy' ? request.to?.cloud : undefined;
    const image = omitUndefined({ name: request.name, key, code, message, copy_to });
    for (const name of names) {
      const images = byBatch.get(name) ?? [];
      images.push(image);
      byBatch.set(name, images);
    }
  }
  return Promise.all(
    [...byBatch].map(async ([batch, images]) => {
      const notify = (await batches.summary(batch))?.notify;
      const facts: Held = omitUndefined({
        count: images.length,
        images: images.slice(0, NAMED),
        notify,
      });
      return { batch, facts: JSON.stringify(facts) };
    }),
  );
}
