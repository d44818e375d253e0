import { IN_A_SLICE, type Repairs } from '../../shared/ledger/healer.ts';
import { graceMs } from '../due-time.ts';
import type { WorkerDeps } from '../worker-deps.ts';

/** Images that one round looks at although nothing is suspect: the whole ledger, bit by bit. */
const SLICES = 10;
/** Batches whose numbers one round compares. */
const COMPARED = 200;
const PLACES = 100;
/** In locks: so long after the whole ledger was looked through it is done again. */
const PASS = 5;

/**
 * Puts right what follows from the imports and does not fit them any more: keys that were removed or
 * overwritten by hand, counts, places. One worker at a time does a round; each step is one script of a
 * millisecond or two, and all of them may run beside everything else.
 */
export function createHealer(deps: WorkerDeps): () => Promise<void> {
  const at: Position = {
    batch: 0,
    compared: 0,
    scan: [],
    restsUntil: Number.NEGATIVE_INFINITY,
  };
  return async () => {
    await bindAgain(deps);
    const names = await deps.batches.names();
    const suspects = await deps.guard.healer.suspects(inTurn(names, at, COMPARED));
    for (const batch of suspects) await recountAll(deps, batch);
    const now = deps.clock.monotonic();
    if (suspects.length === 0 && now < at.restsUntil) return;
    await checkPlaces(deps);
    const areAllCounted = await lookFurther(deps, names, at);
    const areAllSeen = await rejoin(deps, at);
    if (areAllCounted && areAllSeen) at.restsUntil = now + PASS * deps.config.lockMs;
  };
}

/** Where the next round goes on. */
interface Position {
  batch: number;
  compared: number;
  scan: readonly string[];
  /** By the monotonic clock: the whole ledger was looked through a moment ago. */
  restsUntil: number;
}

/** Where `meta` was removed nobody would know any more to whom the ledger belongs. */
async function bindAgain({ project, sessions, guard }: WorkerDeps): Promise<void> {
  if ((await project.boundTo()) !== undefined) return;
  await guard.healer.invalidateIndex();
  await project.bind((await sessions.get()).projectId);
  await project.claim.keep();
}

function inTurn(names: readonly string[], at: Position, most: number): readonly string[] {
  if (names.length <= most) return names;
  const from = at.compared % names.length;
  at.compared = from + most;
  return [...names, ...names].slice(from, from + most);
}

async function recountAll(deps: WorkerDeps, batch: string): Promise<void> {
  while (!deps.stopping.aborted) {
    if (await recountSlice(deps, batch)) return;
  }
}

/** True after the last slice of a batch. */
async function recountSlice(deps: WorkerDeps, batch: string): Promise<boolean> {
  const { isLast, missing, repaired } = await deps.guard.healer.recount(batch, dueOf(deps));
  await tell(deps, repaired, batch);
  if (isLast && missing > 0) await tellMissing(deps, batch, missing);
  return isLast;
}

/** True when the last batch was counted to its end. */
async function lookFurther(
  deps: WorkerDeps,
  names: readonly string[],
  at: Position,
): Promise<boolean> {
  if (at.batch >= names.length) at.batch = 0;
  for (let slice = 0; slice < SLICES && !deps.stopping.aborted; slice += 1) {
    const batch = names[at.batch];
    if (batch === undefined) return true;
    if (await recountSlice(deps, batch)) at.batch += 1;
  }
  return at.batch >= names.length;
}

async function checkPlaces(deps: WorkerDeps): Promise<void> {
  const keys = await deps.guard.healer.placed();
  for (let from = 0; from < keys.length; from += PLACES) {
    await tell(deps, await deps.guard.healer.checkPlaces(keys.slice(from, from + PLACES)));
  }
}

/** Images whose batch has lost them are found by their names only. True after the last name. */
async function rejoin(deps: WorkerDeps, at: Position): Promise<boolean> {
  const { position, names } = await deps.guard.healer.scan(at.scan);
  at.scan = position;
  for (let from = 0; from < names.length; from += IN_A_SLICE) {
    const some = names.slice(from, from + IN_A_SLICE);
    await tell(deps, await deps.guard.healer.rejoin(some, dueOf(deps)));
  }
  return position.every((next) => next === '0');
}

function dueOf({ clock, config }: WorkerDeps): number {
  return clock.now() + graceMs(config);
}

async function tell(deps: WorkerDeps, repaired: Repairs, batch?: string): Promise<void> {
  if (Object.keys(repaired).length === 0) return;
  const which = batch === undefined ? {} : { batch };
  deps.log.warn({ ...which, repaired }, 'the ledger was repaired');
  await deps.guard.healer.note({ at: Math.round(deps.clock.wall.now()), ...which, repaired });
}

const told = new WeakMap<WorkerDeps, Map<string, number>>();

/** Once for each number of them. */
async function tellMissing(deps: WorkerDeps, batch: string, missing: number): Promise<void> {
  const before = told.get(deps) ?? new Map<string, number>();
  told.set(deps, before);
  if (before.get(batch) === missing) return;
  before.set(batch, missing);
  const advice = 'submit the manifest again';
  deps.log.error({ batch, missing, advice }, 'images of this batch are missing from the ledger');
}
