import type { ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import {
  isConflict,
  type MarkedImages,
  markedImages,
  mayBeLostEntry,
  unexplained,
} from '../../shared/look-up/match-images.ts';
import { Step, type WorkerDeps } from '../step.ts';

/** Notices images of others in a list of images in creation. Ours are in flight, and cost nothing. */
export async function noticeInList(deps: WorkerDeps, images: readonly ImsImage[]): Promise<void> {
  const { others } = deps.project;
  const explained = await others.explained();
  if (!explained) return;
  const { projectId } = await deps.sessions.get();
  const young = images.filter(({ createdAt }) => createdAt > explained.from);
  const marked = markedImages(young, projectId);
  const single = [...marked].filter(([, { length }]) => length === 1).map(([key]) => key);
  const notInFlight = new Set(await others.notInFlight(single));
  const suspects = [...marked].filter(([key, { length }]) => length > 1 || notInFlight.has(key));
  for (const { entry, images: found } of await noticeOthers(deps, suspects)) {
    // Its create would be the second one.
    if (entry?.state.status === 'pending') await new Step(deps, entry).adopt(found);
  }
}

/**
 * Raises the alarm for images that only another installation can have created, and pauses the batches whose
 * images it creates as well: what it has not created yet, this ledger must not create either. Returns the
 * images beside what the ledger has of them.
 */
export async function noticeOthers(
  deps: WorkerDeps,
  marked: readonly (readonly [key: string, images: readonly ImsImage[]])[],
): Promise<readonly MarkedImages[]> {
  const entries = await deps.ledger.readMany(marked.map(([key]) => key));
  const known = new Map(entries.map((entry) => [entry.key, entry]));
  const rows = marked.map(([key, images]) => ({ key, images, entry: known.get(key) }));
  const { others } = deps.project;
  const explained = await others.explained();
  if (!explained) return rows;
  const suspects = rows
    .map((row) => ({ row, images: unexplained(row, explained) }))
    .filter(({ images }) => images.length > 0);
  const lost = suspects.filter(({ row }) => mayBeLostEntry(row)).map(({ row }) => row.key);
  // An entry that somebody removed from Redis was ours nevertheless.
  const moved = await others.moved(lost);
  const foreign = suspects.filter(({ row }) => !moved.has(row.key));
  const news = await others.note(
    foreign.flatMap(({ row, images }) =>
      images.map(({ id, name, status }) => ({ key: row.key, imageId: id, name, status })),
    ),
  );
  for (const { row, images } of foreign) {
    const fresh = images.filter(({ id }) => news.has(id));
    if (fresh.length > 0) await raiseAlarm(deps, row, fresh);
  }
  return rows;
}

async function raiseAlarm(
  { batches, log }: Pick<WorkerDeps, 'batches' | 'log'>,
  row: MarkedImages,
  images: readonly ImsImage[],
): Promise<void> {
  const imageIds = images.map(({ id }) => id);
  const paused = isConflict(row, images) ? (row.entry?.batches ?? []) : [];
  for (const batch of paused) await batches.setPaused(batch, true);
  log.error(
    { key: row.key, name: images[0]?.name, imageIds, paused },
    'another installation works on this project: it has created an image that this ledger did not; stop one of them, then run ims-ferry resume',
  );
}
