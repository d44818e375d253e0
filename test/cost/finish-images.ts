import type { ManifestImage } from '../../src/shared/image/image-request.ts';
import { type ImportKey, importKey } from '../../src/shared/image/import-key.ts';
import { BatchStore } from '../../src/shared/ledger/batch-store.ts';
import { GuardStore } from '../../src/shared/ledger/guard-store.ts';
import { ImportStore } from '../../src/shared/ledger/import-store.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import type { UsedRedis } from '../support/use-redis.ts';

const PAGE = 500;
const BATCH = 10_000;

/** What the ledger holds of an image from its manifest to its success, without a cloud. */
export async function finishImages(
  { client }: Pick<UsedRedis, 'client'>,
  images: number,
  imagesABatch = BATCH,
): Promise<void> {
  const keys = ledgerKeys('default');
  const [ledger, batches] = [new ImportStore(client, keys), new BatchStore(client, keys)];
  const guard = new GuardStore(client, keys);
  for (let from = 0; from < images; from += PAGE) {
    const page = Array.from({ length: Math.min(PAGE, images - from) }, (_, at) => image(from + at));
    const now = Date.now();
    const batch = `batch-${Math.floor(from / imagesABatch) + 1}`;
    await batches.register(batch, page, { now, due: now + 60_000 });
    const workerId = 'benchmark-worker';
    await guard.report({ workerId, seen: 0, isSafe: true, isKept: true, windowMs: 0 });
    await guard.scanned(await guard.beginScan());
    await Promise.all(page.map(({ request }) => finish(ledger, importKey(request))));
  }
}

function image(number: number): ManifestImage {
  const name = `image-${String(number).padStart(7, '0')}`;
  const file = { name, image_url: `bench:batch/${name}.qcow2`, min_disk: 40 };
  return { request: { kind: 'system', quick_import: false, copy: 1, ...file }, line: number };
}

async function finish(ledger: ImportStore, key: ImportKey): Promise<void> {
  const now = Date.now();
  const at = { now, due: now + 60_000 };
  const entry = await ledger.read(key);
  if (!entry) throw new Error('not registered');
  const admitted = await ledger.admit(entry, {
    ...at,
    submittedAt: now,
    budgetMs: 5000,
    sender: 'benchmark-worker.sender',
    maxInFlight: PAGE,
    seenGeneration: 0,
    gapMs: 0,
  });
  if (admitted.kind !== 'admitted') throw new Error(`not admitted: ${admitted.kind}`);
  const jobId = key.slice(0, 32);
  const accepted = { type: 'accepted', epoch: 1, jobId, at: now } as const;
  const creating = await ledger.change(key, accepted, { ...at, seen: admitted.entry });
  if (!creating.entry) throw new Error('gone');
  const imageId = `${key.slice(0, 8)}-0000-4000-8000-${key.slice(8, 20)}`;
  const of = stateVersion(creating.entry);
  const succeeded = { type: 'succeeded', of, imageId, otherImageIds: [] } as const;
  await ledger.change(key, succeeded, { ...at, seen: creating.entry });
}
