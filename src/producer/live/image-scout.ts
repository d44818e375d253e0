import type { ImportKey } from '../../shared/image/import-key.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { isTroubled, type StatusDeps } from '../batch-status.ts';

/** Images of one batch that are worth a line. */
export interface Sighted {
  /** Failed, cancelled or unknown ones, as far as they were come across; the latest first. */
  readonly troubled: readonly LedgerEntry[];
  /** In IMS's hands now. */
  readonly underWay: readonly LedgerEntry[];
  /** Succeeded while it was looked; the latest first. */
  readonly succeeded: readonly LedgerEntry[];
}

/** Images of a batch that are looked through at once, while some in trouble are not known yet. */
const PAGE = 500;
const MOST_KEPT = 100;

/**
 * Looks for the images that people want to see, with a bounded number of commands each time: those
 * in flight, those that just left it, and page by page those that were in trouble before.
 */
export class ImageScout {
  readonly #deps: StatusDeps;
  #from = 0;
  #underWay: readonly ImportKey[] = [];
  #troubled: readonly ImportKey[] = [];
  #succeeded: readonly LedgerEntry[] = [];

  constructor(deps: StatusDeps) {
    this.#deps = deps;
  }

  async look({ batch, counts }: BatchSummary): Promise<Sighted> {
    const { ledger, batches } = this.#deps;
    const flying = (await batches.inFlight()).slice(0, MOST_KEPT);
    const left = this.#underWay.filter((key) => !flying.includes(key));
    const amount = Math.min(MOST_KEPT, counts.failed + counts.cancelled + counts.unknown);
    const passed = this.#troubled.length < amount ? await this.#nextPage(batch) : [];
    const keys = [...new Set([...left, ...this.#troubled, ...passed])];
    const looked = await ledger.readMany(keys);
    const troubled = looked.filter(({ state }) => isTroubled(state)).slice(0, MOST_KEPT);
    const ended = new Set(left);
    const done = looked.filter(({ key, state }) => ended.has(key) && state.status === 'succeeded');
    this.#succeeded = [...done, ...this.#succeeded].slice(0, MOST_KEPT);
    this.#troubled = troubled.map(({ key }) => key);
    const under = (await ledger.readMany(flying)).filter((entry) => entry.batches.includes(batch));
    this.#underWay = under.map(({ key }) => key);
    const underWay = under.filter(({ state }) => state.status !== 'unknown');
    return { troubled, underWay, succeeded: this.#succeeded };
  }

  async #nextPage(batch: string): Promise<readonly ImportKey[]> {
    const states = await this.#deps.batches.states(batch, this.#from, PAGE);
    this.#from = states.length < PAGE ? 0 : this.#from + PAGE;
    return states
      .filter(({ status }) => status === 'failed' || status === 'cancelled' || status === 'unknown')
      .map(({ key }) => key);
  }
}
