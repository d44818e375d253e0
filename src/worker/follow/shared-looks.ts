import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { type Found, findIn, findOurs, unread } from '../../shared/look-up/find-ours.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** With fewer that wait, a look-up for each costs less than the whole list. */
const WORTH_A_LIST = 3;

interface Waiting {
  readonly entry: LedgerEntry;
  readonly tell: (found: Promise<Found>) => void;
}

type Deps = Pick<WorkerDeps, 'ims' | 'sessions' | 'clock' | 'ledger'>;

/** The whole list may not hold the images of the enterprise project that this one names. */
function namesProject({ request }: LedgerEntry): boolean {
  return request.enterprise_project_id !== undefined;
}

/**
 * Looks up imports that fail together: while one look-up runs the others gather, and what has gathered
 * shares one list. Each look-up begins after it was asked for.
 */
export class SharedLooks {
  #waiting: Waiting[] = [];
  #isLooking = false;

  find(deps: Deps, entry: LedgerEntry): Promise<Found> {
    return new Promise<Found>((tell) => {
      this.#waiting.push({ entry, tell });
      if (!this.#isLooking) void this.#look(deps);
    });
  }

  async #look(deps: Deps): Promise<void> {
    this.#isLooking = true;
    while (this.#waiting.length > 0) {
      const all = this.#waiting;
      this.#waiting = [];
      const listed = all.length < WORTH_A_LIST ? undefined : deps.ims.images({});
      const found = all.map(async ({ entry }) => {
        const list = await listed;
        if (list === undefined || namesProject(entry)) return findOurs(deps, entry);
        return list.kind === 'ok' ? findIn(deps, entry, list) : unread(list);
      });
      for (const [index, { tell }] of all.entries()) {
        const one = found[index];
        if (one) tell(one);
      }
      await Promise.allSettled(found);
    }
    this.#isLooking = false;
  }
}
