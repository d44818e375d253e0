import type { Explained } from '../../shared/cloud/http/service-error.ts';
import type { ImsImage, OddImage } from '../../shared/cloud/ims/ims-answers.ts';
import { describeOdds } from '../../shared/cloud/ims/read-bodies.ts';
import type { ImportKey } from '../../shared/image/import-key.ts';
import type { ScanStart } from '../../shared/ledger/guard-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { isElsewhere } from '../../shared/look-up/find-ours.ts';
import {
  markedCopies,
  markedImages,
  marksIn,
  unsureIds,
  unsureOf,
} from '../../shared/look-up/match-images.ts';
import { isInFlight } from '../../shared/state/machine.ts';
import { lossWindowMs } from '../generation.ts';
import { unsureReason } from '../judge.ts';
import { record } from '../record.ts';
import { Step, type WorkerDeps } from '../step.ts';
import { noticeOthers } from './notice-others.ts';

/** After a new start of Redis: longer than a worker takes to reconnect and report what it saw. */
const REPORTS_MS = 3000;
/** How often the scan checks whether they have. */
const SILENCE_MS = 5000;
/** A list may fail once; after this many failures in a row the reason is shown to whoever waits. */
const UNREAD_LISTS = 3;
const PAGE = 200;

/**
 * Lists the project's own images once and adopts those that carry our markers, so that an emptied Redis
 * creates nothing twice, and raises the alarm for those of another installation. One worker does it (lease);
 * until it has ended no create of a younger import is admitted. From a list that cannot be read nothing is
 * concluded.
 */
export function createScanner(deps: WorkerDeps): () => Promise<void> {
  let running: Promise<void> | undefined;
  const scanner = new Scanner(deps);
  return () => {
    running ??= scanner.run().finally(() => {
      running = undefined;
    });
    return running;
  };
}

class Scanner {
  readonly #deps: WorkerDeps;
  /** Runs of the server that were logged. */
  #loggedRun = '';
  #loggedWait = '';
  /** How often in a row the list could not be read. */
  #unread = 0;

  constructor(deps: WorkerDeps) {
    this.#deps = deps;
  }

  async run(): Promise<void> {
    const { project, clock, workerId, stopping, config, random } = this.#deps;
    // Two workers scanning at once do no harm: the lease may end before a long scan does.
    if (!(await project.lease('scan', workerId, config.lockMs + 5000))) {
      await clock.sleep(250 + 250 * random.next(), stopping);
      return;
    }
    try {
      await this.#scan();
    } finally {
      await project.release('scan', workerId);
    }
  }

  async #scan(): Promise<void> {
    const { ims, sessions, project, guard, log } = this.#deps;
    const scan = await this.#settledServer();
    if (scan === undefined) return;
    const listed = await ims.images({});
    const { projectId } = await sessions.get();
    if (listed.kind !== 'ok') return this.#listNotRead(listed);
    this.#unread = 0;
    if (listed.serverTime !== undefined) {
      await project.others.explainUntil(listed.serverTime, scan.isOtherServer);
    }
    if (!(await holdUnreadable(this.#deps, listed.odd ?? [], projectId))) return this.#pause();
    const marked = markedImages(listed.value, projectId);
    const copies = markedCopies(listed.value, projectId);
    const adopted = (await adoptAll(this.#deps, marked)) + (await adoptCopies(this.#deps, copies));
    // A ledger that was emptied is bound again, before anything is admitted into it.
    await project.claim.keep();
    if (!(await guard.scanned(scan))) return;
    log.info(
      { images: listed.value.length, marked: marked.size, adopted },
      'image list scanned before the first create',
    );
  }

  async #listNotRead({ code, message, requestId }: Explained): Promise<void> {
    const { project, log } = this.#deps;
    log.warn({ code, message, requestId }, 'image list not read, no create before it is');
    this.#unread += 1;
    if (this.#unread >= UNREAD_LISTS) {
      const text = `No create: the image list of IMS cannot be read (${code}: ${message})`;
      await project.odd.note({ text, blocks: 'LIST_NOT_READ' });
    }
    await this.#pause();
  }

  async #pause(): Promise<void> {
    const { clock, random, stopping } = this.#deps;
    await clock.sleep(1000 + 4000 * random.next(), stopping);
  }

  /**
   * Which run of Redis this scan is for. After a new start the workers first get the time to report what they
   * saw; if Redis restarts meanwhile, the next round scans for that run.
   */
  async #settledServer(): Promise<ScanStart | undefined> {
    const { guard, clock, stopping, log, config } = this.#deps;
    const windowMs = lossWindowMs(config);
    const first = await guard.beginScan(windowMs);
    if (!first.isOtherServer && first.waitMs === 0) return first;
    if (this.#loggedRun !== first.server) {
      log.warn('Redis was restarted: the image list is scanned before the next create');
    }
    this.#loggedRun = first.server;
    await clock.sleep(REPORTS_MS, stopping);
    const second = await guard.beginScan(windowMs);
    if (second.server !== first.server) return undefined;
    if (second.waitMs === 0) return second;
    if (this.#loggedWait !== second.server) {
      const until = new Date(clock.wall.now() + second.waitMs).toISOString();
      log.warn(
        { missing: second.missing, until },
        'Redis may have lost intents: creates wait for the workers that have not reported what they knew, at most until about this time; if nothing can be lost: ims-ferry resume --trust-redis',
      );
    }
    this.#loggedWait = second.server;
    await clock.sleep(Math.min(second.waitMs, SILENCE_MS), stopping);
    return undefined;
  }
}

/**
 * Images of the list that cannot be read are reported once, and an import that our marker in one of them
 * names is held instead of created. False where one carries our marker, and it is not clear for which import:
 * no create before that can be read.
 */
async function holdUnreadable(
  deps: WorkerDeps,
  odd: readonly OddImage[],
  projectId: string,
): Promise<boolean> {
  const { keys, nobodys } = marksIn(odd, projectId);
  const isBlocked = nobodys.length > 0;
  const text = isBlocked
    ? `No create: an image carries our marker, but cannot be read, so it is not clear for which import. ${describeOdds(nobodys)}`
    : describeOdds(odd);
  const note = isBlocked ? { text, blocks: 'ODD_IMAGE' } : { text };
  const isNews = await deps.project.odd.note(odd.length === 0 ? undefined : note);
  const level = isBlocked ? 'error' : 'warn';
  if (isNews) deps.log[level]({ odd: odd.length, text }, 'images of the IMS list cannot be read');
  for (const entry of await deps.ledger.readMany([...keys.keys()])) {
    const { status } = entry.state;
    const one = keys.get(entry.key);
    if (one === undefined || (status !== 'pending' && status !== 'failed')) continue;
    const unsure = [unsureOf(one)];
    const why = { reason: unsureReason(unsure), imageIds: unsureIds(unsure), areOurs: false };
    await new Step(deps, entry).hold(why);
  }
  return !isBlocked;
}

/**
 * The same for copies within the region; another installation is noticed by its imports. A copy that waits for
 * its source is adopted as well: its image is there.
 */
async function adoptCopies(
  deps: WorkerDeps,
  copies: ReadonlyMap<ImportKey, readonly ImsImage[]>,
): Promise<number> {
  const all = [...copies];
  let adopted = 0;
  for (let from = 0; from < all.length; from += PAGE) {
    const page = new Map(all.slice(from, from + PAGE));
    for (const entry of await deps.ledger.readMany([...page.keys()])) {
      // The copy of an import of this name that was made in another region is not this one's.
      if (isElsewhere(entry.request)) continue;
      if (await adoptOne(deps, entry, page.get(entry.key) ?? [])) adopted += 1;
    }
  }
  return adopted;
}

/** Adopts the images that carry our markers; returns how many. */
async function adoptAll(
  deps: WorkerDeps,
  marked: ReadonlyMap<ImportKey, readonly ImsImage[]>,
): Promise<number> {
  const all = [...marked];
  let adopted = 0;
  for (let from = 0; from < all.length; from += PAGE) {
    for (const { entry, images } of await noticeOthers(deps, all.slice(from, from + PAGE))) {
      if (entry && (await adoptOne(deps, entry, images))) adopted += 1;
    }
  }
  return adopted;
}

async function adoptOne(
  deps: WorkerDeps,
  entry: LedgerEntry,
  images: readonly ImsImage[],
): Promise<boolean> {
  const { key, state } = entry;
  const imageIds = images.map(({ id }) => id);
  const isAdopted = state.status === 'pending' || state.status === 'failed';
  if (isAdopted) await new Step(deps, entry).adopt(images);
  else if (images.length > 1) {
    deps.log.error({ key, imageIds }, 'double: several images carry one marker');
  }
  if (isInFlight(state) || state.status === 'unknown') {
    await record(deps, key, { event: { type: 'seen', imageIds } });
  }
  return isAdopted;
}
