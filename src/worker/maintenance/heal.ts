import { IN_A_SLICE, type Repairs } from '../../shared/ledger/healer.ts';
import { omitUndefined } from '../../shared/runtime/omit-undefined.ts';
import { graceMs } from '../record.ts';
import type { WorkerDeps } from '../step.ts';

/** Slices of images that one round checks although nothing is suspect: the whole ledger, bit by bit. */
const SLICES_A_ROUND = 10;
/** Batches whose numbers one round compares. */
const COMPARED_A_ROUND = 200;
const PLACES_A_PAGE = 100;
/** Locks between two passes over the whole ledger. */
const PASS_LOCKS = 5;

type HealDeps = Pick<
  WorkerDeps,
  'batches' | 'guard' | 'clock' | 'config' | 'project' | 'sessions' | 'log' | 'stopping'
>;

/**
 * Repairs what follows from the imports and does not match them any more: keys that were removed or
 * overwritten by hand, counts, places. One worker at a time does a round; each step is one script of a
 * millisecond or two, and all of them may run beside everything else.
 */
export function createHealer(deps: HealDeps): () => Promise<void> {
  const pass = new LedgerPass(deps);
  return () => pass.round();
}

class LedgerPass {
  readonly #deps: HealDeps;
  readonly #healer: HealDeps['guard']['healer'];
  /** Where the next round continues. */
  #batch = 0;
  #compared = 0;
  #scan: readonly string[] = [];
  /** By the monotonic clock: the whole ledger was checked a moment ago. */
  #restsUntil = Number.NEGATIVE_INFINITY;
  /** Images that were missing from a batch when it was last logged. */
  readonly #loggedMissing = new Map<string, number>();

  constructor(deps: HealDeps) {
    this.#deps = deps;
    this.#healer = deps.guard.healer;
  }

  async round(): Promise<void> {
    const { batches, clock, config, stopping } = this.#deps;
    await this.#bindAgain();
    const names = await batches.names();
    const suspects = await this.#healer.suspects(this.#toCompare(names));
    for (const batch of suspects) {
      while (!stopping.aborted && !(await this.#recountSlice(batch)));
    }
    const now = clock.monotonic();
    if (suspects.length === 0 && now < this.#restsUntil) return;
    await this.#checkPlaces();
    const areAllCounted = await this.#countOn(names);
    const areAllSeen = await this.#rejoin();
    if (areAllCounted && areAllSeen) this.#restsUntil = now + PASS_LOCKS * config.lockMs;
  }

  /** Where `meta` was removed nothing else records to whom the ledger belongs. */
  async #bindAgain(): Promise<void> {
    const { project, sessions } = this.#deps;
    if ((await project.boundTo()) !== undefined) return;
    await this.#healer.invalidateIndex();
    await project.bind((await sessions.get()).projectId);
    await project.claim.keep();
  }

  #toCompare(names: readonly string[]): readonly string[] {
    if (names.length <= COMPARED_A_ROUND) return names;
    const from = this.#compared % names.length;
    this.#compared = from + COMPARED_A_ROUND;
    return [...names, ...names].slice(from, from + COMPARED_A_ROUND);
  }

  /** True after the last slice of a batch. */
  async #recountSlice(batch: string): Promise<boolean> {
    const { log } = this.#deps;
    const { isLast, missing, repaired } = await this.#healer.recount(batch, this.#due());
    await this.#report(repaired, batch);
    // Once for each number of them.
    if (isLast && missing > 0 && this.#loggedMissing.get(batch) !== missing) {
      this.#loggedMissing.set(batch, missing);
      const advice = 'submit the manifest again';
      log.error({ batch, missing, advice }, 'images of this batch are missing from the ledger');
    }
    return isLast;
  }

  /** True when the last batch was counted to its end. */
  async #countOn(names: readonly string[]): Promise<boolean> {
    if (this.#batch >= names.length) this.#batch = 0;
    for (let slice = 0; slice < SLICES_A_ROUND && !this.#deps.stopping.aborted; slice += 1) {
      const batch = names[this.#batch];
      if (batch === undefined) return true;
      if (await this.#recountSlice(batch)) this.#batch += 1;
    }
    return this.#batch >= names.length;
  }

  async #checkPlaces(): Promise<void> {
    const keys = await this.#healer.placed();
    for (let from = 0; from < keys.length; from += PLACES_A_PAGE) {
      await this.#report(await this.#healer.checkPlaces(keys.slice(from, from + PLACES_A_PAGE)));
    }
  }

  /** Images whose batch has lost them are found by their names only. True after the last name. */
  async #rejoin(): Promise<boolean> {
    const { position, names } = await this.#healer.scan(this.#scan);
    this.#scan = position;
    for (let from = 0; from < names.length; from += IN_A_SLICE) {
      const slice = names.slice(from, from + IN_A_SLICE);
      await this.#report(await this.#healer.rejoin(slice, this.#due()));
    }
    return position.every((next) => next === '0');
  }

  #due(): number {
    const { clock, config } = this.#deps;
    return clock.now() + graceMs(config);
  }

  async #report(repaired: Repairs, batch?: string): Promise<void> {
    if (Object.keys(repaired).length === 0) return;
    const { log, clock } = this.#deps;
    const what = omitUndefined({ batch, repaired });
    log.warn(what, 'the ledger was repaired');
    await this.#healer.note({ at: Math.round(clock.wall.now()), ...what });
  }
}
