import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import type { ForeignImage } from '../../shared/ledger/foreign.ts';
import { markedImages } from '../../shared/look-up/match-found.ts';
import {
  isConflict,
  type Marked,
  saysNothing,
  unexplained,
} from '../../shared/look-up/unexplained.ts';
import { adoptFound } from '../follow/adopt.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** What a list of images in creation shows of others. Of ours each is in flight: they cost nothing. */
export async function noticeInList(deps: WorkerDeps, images: readonly ImsImage[]): Promise<void> {
  const { others } = deps.project;
  const explained = await others.explained();
  if (!explained) return;
  const { projectId } = await deps.sessions.get();
  const young = images.filter(({ createdAt }) => createdAt > explained.from);
  const marked = markedImages(young, projectId);
  const single = [...marked].filter(([, { length }]) => length === 1).map(([key]) => key);
  const strange = new Set(await others.notInFlight(single));
  const suspects = [...marked].filter(([key, { length }]) => length > 1 || strange.has(key));
  const entries = await deps.ledger.readMany(suspects.map(([key]) => key));
  const known = new Map(entries.map((entry) => [entry.key, entry]));
  const rows = suspects.map(([key, all]) => markedOf(key, all, known.get(key)));
  await noticeOthers(deps, rows);
  for (const { entry, images: found } of rows) {
    // Its create would be the second one.
    if (entry?.state.status === 'pending') await adoptFound(deps, entry, found);
  }
}

export function markedOf(key: string, images: readonly ImsImage[], entry: Marked['entry']): Marked {
  return entry === undefined ? { key, images } : { key, images, entry };
}

/**
 * Raises the alarm for images that only another installation can have created, and pauses the batches
 * whose images it creates as well: what it has not created yet, this ledger must not create either.
 */
export async function noticeOthers(deps: WorkerDeps, rows: readonly Marked[]): Promise<void> {
  const { others } = deps.project;
  const explained = await others.explained();
  if (!explained) return;
  const suspects = rows
    .map((row) => ({ row, images: unexplained(row, explained) }))
    .filter(({ images }) => images.length > 0);
  const silent = suspects.filter(({ row }) => saysNothing(row)).map(({ row }) => row.key);
  // An entry that somebody took out of Redis was ours nevertheless.
  const moved = await others.moved(silent);
  const strange = suspects.filter(({ row }) => !moved.has(row.key));
  const news = await others.note(
    strange.flatMap(({ row, images }) => images.map((image) => foreignImage(row.key, image))),
  );
  for (const { row, images } of strange) {
    const fresh = images.filter(({ id }) => news.has(id));
    if (fresh.length > 0) await raise(deps, row, fresh);
  }
}

function foreignImage(key: string, { id, name, status }: ImsImage): ForeignImage {
  return { key, imageId: id, name, status };
}

async function raise(deps: WorkerDeps, row: Marked, images: readonly ImsImage[]): Promise<void> {
  const imageIds = images.map(({ id }) => id);
  const paused = isConflict(row, images) ? (row.entry?.batches ?? []) : [];
  for (const batch of paused) await deps.batches.setPaused(batch, true);
  deps.log.error(
    { key: row.key, name: images[0]?.name, imageIds, paused },
    'another installation works on this project: it has created an image that this ledger did not; end one of them, then run ims-ferry resume',
  );
}
