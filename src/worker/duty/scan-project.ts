import type { Explained, ImsImage } from '../../shared/cloud/ims/ims-answers.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { ScanStart } from '../../shared/ledger/guard-store.ts';
import { markedImages } from '../../shared/look-up/match-found.ts';
import { adoptFound } from '../follow/adopt.ts';
import { lossWindowMs } from '../guard/report-generation.ts';
import { record } from '../record.ts';
import type { WorkerDeps } from '../worker-deps.ts';
import { markedOf, noticeOthers } from './notice-others.ts';
import { passOdd } from './pass-odd.ts';

/** After a new start of Redis: longer than a worker takes to connect again and tell what it saw. */
const REPORTS_MS = 3000;
/** How often it is looked whether they have. */
const SILENCE_MS = 5000;
const PAGE = 200;

/**
 * Lists the project's own images once and adopts those that carry our markers, so that an emptied
 * Redis creates nothing twice, and raises the alarm for those of another installation. One worker does it (lease); until it has
 * ended no create of a younger import is admitted. A list that cannot be read settles nothing.
 */
export function createScanner(deps: WorkerDeps): () => Promise<void> {
  let running: Promise<void> | undefined;
  const told: Told = { run: '', wait: '', unread: 0 };
  return () => {
    running ??= scanOnce(deps, told).finally(() => {
      running = undefined;
    });
    return running;
  };
}

/** The runs of the server of which the log was told. */
interface Told {
  run: string;
  wait: string;
  /** How often in a row the list could not be read. */
  unread: number;
}

/** A list may fail once; who waits has to know why when it goes on failing. */
const UNREAD = 3;

async function tellUnread(
  { project }: WorkerDeps,
  told: Told,
  { code, message }: Explained,
): Promise<void> {
  told.unread += 1;
  if (told.unread < UNREAD) return;
  const text = `No create: the image list of IMS cannot be read (${code}: ${message})`;
  await project.odd.note({ text, blocks: 'LIST_NOT_READ' });
}

async function scanOnce(deps: WorkerDeps, told: Told): Promise<void> {
  const { project, clock, workerId, stopping, config } = deps;
  // A scan by two workers at once does no harm: the lease may end before a long one does.
  if (!(await project.lease('scan', workerId, config.lockMs + 5000))) {
    await clock.sleep(250 + 250 * deps.random.next(), stopping);
    return;
  }
  try {
    await scan(deps, told);
  } finally {
    await project.release('scan', workerId);
  }
}

async function scan(deps: WorkerDeps, told: Told): Promise<void> {
  const scan = await settledServer(deps, told);
  if (scan === undefined) return;
  const listed = await deps.ims.images({});
  const session = await deps.sessions.get();
  if (listed.kind !== 'ok') {
    const { code, message, requestId } = listed;
    deps.log.warn({ code, message, requestId }, 'image list not read, no create before it is');
    await tellUnread(deps, told, listed);
    await deps.clock.sleep(1000 + 4000 * deps.random.next(), deps.stopping);
    return;
  }
  told.unread = 0;
  if (listed.serverTime !== undefined) {
    await deps.project.others.explainUntil(listed.serverTime, scan.isOtherServer);
  }
  const marked = markedImages(listed.value, session.projectId);
  if (!(await passOdd(deps, listed.odd ?? [], session.projectId))) return;
  const adopted = await adoptAll(deps, marked);
  // A ledger that was emptied is bound again, before anything is admitted into it.
  await deps.project.claim.keep();
  if (!(await deps.guard.scanned(scan))) return;
  deps.log.info(
    { images: listed.value.length, marked: marked.size, adopted },
    'image list scanned before the first create',
  );
}

/**
 * Which run of Redis this scan is for. After a new start the workers first get the time to report
 * what they saw; one that starts anew meanwhile is scanned for in the next round.
 */
async function settledServer(deps: WorkerDeps, told: Told): Promise<ScanStart | undefined> {
  const windowMs = lossWindowMs(deps);
  const first = await deps.guard.beginScan(windowMs);
  if (!first.isOtherServer && first.waitMs === 0) return first;
  if (told.run !== first.server) {
    deps.log.warn('Redis was started anew: the image list is scanned before the next create');
  }
  told.run = first.server;
  await deps.clock.sleep(REPORTS_MS, deps.stopping);
  const second = await deps.guard.beginScan(windowMs);
  if (second.server !== first.server) return undefined;
  if (second.waitMs === 0) return second;
  if (told.wait !== second.server) tellWait(deps, second);
  told.wait = second.server;
  await deps.clock.sleep(Math.min(second.waitMs, SILENCE_MS), deps.stopping);
  return undefined;
}

function tellWait({ log, clock }: WorkerDeps, { missing, waitMs }: ScanStart): void {
  const until = new Date(clock.wall.now() + waitMs).toISOString();
  log.warn(
    { missing, until },
    'it may have lost intents: creates wait for the workers that have not told what they knew, at most until about this time; if nothing can be lost: ims-ferry resume --trust-redis',
  );
}

async function adoptAll(
  deps: WorkerDeps,
  marked: ReadonlyMap<ImportKey, readonly ImsImage[]>,
): Promise<number> {
  const keys = [...marked.keys()];
  let adopted = 0;
  for (let from = 0; from < keys.length; from += PAGE) {
    const page = keys.slice(from, from + PAGE);
    const entries = await deps.ledger.readMany(page);
    const known = new Map(entries.map((entry) => [entry.key, entry]));
    await noticeOthers(
      deps,
      page.map((key) => markedOf(key, marked.get(key) ?? [], known.get(key))),
    );
    for (const entry of entries) {
      const images = marked.get(entry.key) ?? [];
      const { status } = entry.state;
      if (status === 'pending' || status === 'failed') {
        await adoptFound(deps, entry, images);
        adopted += 1;
      } else if (images.length > 1) {
        const imageIds = images.map(({ id }) => id);
        deps.log.error({ key: entry.key, imageIds }, 'double: several images carry one marker');
      }
      if (status === 'submitting' || status === 'creating' || status === 'unknown') {
        const imageIds = images.map(({ id }) => id);
        await record(deps, entry.key, { event: { type: 'seen', imageIds } });
      }
    }
  }
  return adopted;
}
