import type { ImportKey } from '../../shared/image/import-key.ts';
import type { BatchSummary } from '../../shared/ledger/batch-store.ts';
import type { LedgerEntry } from '../../shared/ledger/ledger-entry.ts';
import { attentionCount } from '../../ui/states.ts';
import { needsAttention } from '../batch-status.ts';
import type { StatusDeps } from '../status-deps.ts';

/** Images of one batch that are worth a line. */
export interface NotableImages {
  /** Failed, cancelled or unknown, as far as they were found; the latest first. */
  readonly troubled: readonly LedgerEntry[];
  /** In IMS now, the oldest first. */
  readonly underWay: readonly LedgerEntry[];
  /** Succeeded since the first read; the latest first. */
  readonly succeeded: readonly LedgerEntry[];
}

/** Images that are searched in one read for troubled ones that are not known yet. */
const PAGE_SIZE = 500;
const MAX_KEPT = 100;

/**
 * Finds the images that people want to see, with a bounded number of commands per read: those in
 * flight, those that just left it, and page by page those that were in trouble before.
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

  async read({ batch, counts }: BatchSummary): Promise<NotableImages> {
    const { ledger, batches } = this.#deps;
    const flying = (await batches.inFlight()).slice(0, MAX_KEPT);
    const left = this.#underWay.filter((key) => !flying.includes(key));
    const amount = Math.min(MAX_KEPT, attentionCount(counts));
    const passed = this.#troubled.length < amount ? await this.#nextPage(batch) : [];
    const entries = await ledger.readMany([...new Set([...left, ...this.#troubled, ...passed])]);
    const troubled = entries.filter(({ state }) => needsAttention(state)).slice(0, MAX_KEPT);
    const ended = new Set(left);
    const done = entries.filter(({ key, state }) => ended.has(key) && state.status === 'succeeded');
    this.#succeeded = [...done, ...this.#succeeded].slice(0, MAX_KEPT);
    this.#troubled = troubled.map(({ key }) => key);
    const ours = (await ledger.readMany(flying)).filter((entry) => entry.batches.includes(batch));
    this.#underWay = ours.map(({ key }) => key);
    const underWay = ours
      .filter(({ state }) => state.status !== 'unknown')
      .sort((a, b) => (a.submittedAt ?? 0) - (b.submittedAt ?? 0));
    return { troubled, underWay, succeeded: this.#succeeded };
  }

  async #nextPage(batch: string): Promise<readonly ImportKey[]> {
    const states = await this.#deps.batches.states(batch, this.#from, PAGE_SIZE);
    this.#from = states.length < PAGE_SIZE ? 0 : this.#from + PAGE_SIZE;
    return states
      .filter(({ status }) => status !== null && needsAttention({ status }))
      .map(({ key }) => key);
  }
}
