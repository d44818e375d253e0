import type { BatchView } from '../../producer/live/overview.ts';
import type { Markup } from '../../producer/report/html/markup.ts';
import { imageRow } from '../../producer/report/model/image-row.ts';
import { findRows, isPlain, PAGE_SIZE, pageCount, type View } from '../live/view.ts';
import { batchPart } from '../pages/batch-page.ts';
import { batchesPart } from '../pages/batches-page.ts';
import type { ImageList } from '../pages/image-list.ts';
import { imagePart } from '../pages/image-page.ts';
import type { Viewer } from '../pages/page-frame.ts';
import type { Site } from '../site.ts';

/** How long a page waits for a batch to be looked through before it shows what was found so far. */
const INDEX_MS = 400;

export async function drawBatches(site: Site, viewer: Viewer, page: number): Promise<Markup> {
  return batchesPart(await site.watch.snapshot(), viewer, page);
}

/** `undefined`: there is no such batch. */
export async function drawBatch(
  site: Site,
  viewer: Viewer,
  shown: { readonly batch: string; readonly view: View },
): Promise<Markup | undefined> {
  const { batch, view } = shown;
  const snapshot = await site.watch.snapshot();
  const summary = await site.deps.batches.summary(batch);
  if (!summary) return undefined;
  const known = snapshot.batches.find((one) => one.summary.batch === batch);
  const current: BatchView = { ...known, summary };
  const list = await listOf(site, { batch, view, total: summary.total });
  return batchPart({ view: current, snapshot, list, tasks: site.tasks.of(batch), viewer });
}

/** `undefined`: it is in no such batch. */
export async function drawImage(
  site: Site,
  viewer: Viewer,
  shown: { readonly batch: string; readonly key: string },
): Promise<Markup | undefined> {
  const { batch, key } = shown;
  const { ledger, clock } = site.deps;
  const entry = await ledger.read(key);
  if (!entry?.batches.includes(batch)) return undefined;
  const story = await ledger.story(key);
  return imagePart({ batch, entry, story, viewer, tasks: site.tasks.of(batch), at: clock.now() });
}

interface Wanted {
  readonly batch: string;
  readonly view: View;
  /** Images of the batch. */
  readonly total: number;
}

async function listOf(site: Site, wanted: Wanted): Promise<ImageList> {
  const { ledger, clock } = site.deps;
  const { view } = wanted;
  const { keys, total, looked } = await keysOf(site, wanted);
  const now = clock.now();
  // As they are now: the index may be a moment behind.
  const rows = (await ledger.readMany(keys)).map((entry) => imageRow(entry, now));
  return { view, rows, total, looked };
}

async function keysOf(
  { indexes, deps }: Site,
  { batch, view, total }: Wanted,
): Promise<{ readonly keys: readonly string[]; readonly total: number; readonly looked: number }> {
  if (isPlain(view)) {
    const from = (Math.min(view.page, pageCount(total)) - 1) * PAGE_SIZE;
    return { keys: await deps.batches.members(batch, from, PAGE_SIZE), total, looked: total };
  }
  const index = await indexes.get(batch, total);
  await index.ready(INDEX_MS);
  const found = await findRows(index.rows, view);
  return { ...found, looked: index.isWhole ? total : Math.min(index.size, total - 1) };
}
