import type { ImsImage } from '../../shared/cloud/ims-answers.ts';
import { type ImportKey, markerOf } from '../../shared/image/import-key.ts';
import { adoptFound } from '../follow/adopt.ts';
import { isOwnImport } from '../follow/match-found.ts';
import type { WorkerDeps } from '../worker-deps.ts';

const LEASE_MS = 60_000;
const PAGE = 200;

/**
 * Lists the project's own images once and adopts those that carry our markers, so that an emptied
 * Redis or a second installation creates nothing twice. One worker does it (lease); until it has
 * ended no create of a younger import is admitted. A list that cannot be read settles nothing.
 */
export function createScanner(deps: WorkerDeps): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => {
    running ??= scanOnce(deps).finally(() => {
      running = undefined;
    });
    return running;
  };
}

async function scanOnce(deps: WorkerDeps): Promise<void> {
  const { project, clock, workerId, stopping } = deps;
  if (!(await project.lease('scan', workerId, LEASE_MS))) {
    await clock.sleep(250 + 250 * deps.random.next(), stopping);
    return;
  }
  try {
    await scan(deps);
  } finally {
    await project.release('scan', workerId);
  }
}

async function scan(deps: WorkerDeps): Promise<void> {
  const startedAt = await deps.project.time();
  const listed = await deps.ims.images({});
  const session = await deps.sessions.get();
  if (listed.kind !== 'ok') {
    const { code, message, requestId } = listed;
    deps.log.warn({ code, message, requestId }, 'image list not read, no create before it is');
    await deps.clock.sleep(1000 + 4000 * deps.random.next(), deps.stopping);
    return;
  }
  const marked = byMarker(listed.value, session.projectId);
  const adopted = await adoptAll(deps, marked);
  await deps.project.scanned(startedAt);
  deps.log.info(
    { images: listed.value.length, marked: marked.size, adopted },
    'image list scanned before the first create',
  );
}

/** Our images by the import they belong to. */
export function byMarker(
  images: readonly ImsImage[],
  projectId: string,
): ReadonlyMap<ImportKey, readonly ImsImage[]> {
  const marked = new Map<ImportKey, ImsImage[]>();
  for (const image of images) {
    const key = markerOf(image.tags);
    if (key === undefined || !isOwnImport(image, projectId)) continue;
    const same = marked.get(key);
    if (same) same.push(image);
    else marked.set(key, [image]);
  }
  return marked;
}

async function adoptAll(
  deps: WorkerDeps,
  marked: ReadonlyMap<ImportKey, readonly ImsImage[]>,
): Promise<number> {
  const keys = [...marked.keys()];
  let adopted = 0;
  for (let from = 0; from < keys.length; from += PAGE) {
    for (const entry of await deps.ledger.readMany(keys.slice(from, from + PAGE))) {
      const images = marked.get(entry.key) ?? [];
      const { status } = entry.state;
      if (status === 'pending' || status === 'failed') {
        await adoptFound(deps, entry, images);
        adopted += 1;
      } else if (images.length > 1) {
        const imageIds = images.map(({ id }) => id);
        deps.log.error({ key: entry.key, imageIds }, 'double: several images carry one marker');
      }
    }
  }
  return adopted;
}
