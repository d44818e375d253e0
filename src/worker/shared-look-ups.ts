import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import {
  type Found,
  findIn,
  findOurs,
  isElsewhere,
  type LookUpDeps,
  notRead,
} from '../shared/look-up/find-ours.ts';

/** For fewer imports, single look-ups cost less than the whole list. */
const WORTH_A_LIST = 3;

/**
 * Looks up imports that fail together: while one look-up runs the others gather, and those that have gathered
 * share one list. Each look-up starts after it was requested.
 */
export class SharedLookUps {
  readonly #waiting: { entry: LedgerEntry; resolve: (found: Promise<Found>) => void }[] = [];
  #isRunning = false;

  find(deps: LookUpDeps, entry: LedgerEntry): Promise<Found> {
    return new Promise<Found>((resolve) => {
      this.#waiting.push({ entry, resolve });
      if (!this.#isRunning) void this.#run(deps);
    });
  }

  async #run(deps: LookUpDeps): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting.length > 0) {
      const all = this.#waiting.splice(0);
      const listed = all.length < WORTH_A_LIST ? undefined : deps.ims.images({});
      const found = all.map(async ({ entry, resolve }) => {
        const one = findOne(deps, entry, listed);
        resolve(one);
        return one;
      });
      await Promise.allSettled(found);
    }
    this.#isRunning = false;
  }
}

async function findOne(
  deps: LookUpDeps,
  entry: LedgerEntry,
  listed: ReturnType<LookUpDeps['ims']['images']> | undefined,
): Promise<Found> {
  const list = await listed;
  // The whole list may not hold the images of the enterprise project that this request names.
  const isInAnother =
    entry.request.enterprise_project_id !== undefined || isElsewhere(entry.request);
  if (list === undefined || isInAnother) return findOurs(deps, entry);
  return list.kind === 'ok' ? findIn(deps, entry, list) : notRead(list, entry);
}
