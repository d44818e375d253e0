import type { Progress } from '../../src/shared/state/import-state.ts';
import { type Step, workerSteps } from './worker-steps.ts';
import { type Budget, living, newWorld, type Rules, type World } from './world.ts';
import { FALL_BACK, worldSteps } from './world-steps.ts';

export interface Verdict {
  readonly states: number;
  /** The shortest way to two living images of one import. */
  readonly double?: readonly string[];
  /** To an import that says succeeded without an image. */
  readonly falseSuccess?: readonly string[];
  /** To a world from which no outcome can be reached any more. */
  readonly lost?: readonly string[];
  /** Every move of the ledger that was seen, as `from → to`; what a fall back undoes is none. */
  readonly moves: ReadonlySet<string>;
}

interface Seen {
  readonly from?: string;
  readonly name: string;
  readonly next: string[];
  readonly isGood: boolean;
}

/** Goes through every order of every step, breadth first, until it finds a double. */
export function explore(rules: Rules, budget: Partial<Budget>): Verdict {
  const first = normal(newWorld(budget));
  const isGood = (world: World) => isOutcome(world, rules);
  const seen = new Map<string, Seen>([[keyOf(first), { name: '', next: [], isGood: false }]]);
  const queue: World[] = [first];
  const moves = new Set<string>();
  let double: string | undefined;
  let falseSuccess: string | undefined;
  for (const world of queue) {
    const key = keyOf(world);
    const { next: followers = [] } = seen.get(key) ?? {};
    if (living(world) > 1) {
      double = key;
      break;
    }
    if (isFalse(world)) falseSuccess ??= key;
    for (const [name, after] of stepsOf(world, rules)) {
      const next = normal(after);
      const nextKey = keyOf(next);
      if (name !== FALL_BACK) noteMove(moves, world.ledger, next.ledger);
      followers.push(nextKey);
      if (seen.has(nextKey)) continue;
      seen.set(nextKey, { from: key, name, next: [], isGood: isGood(next) });
      queue.push(next);
    }
  }
  const lost = double === undefined ? findLost(seen) : undefined;
  const trace = (key: string | undefined) => (key === undefined ? undefined : traceTo(seen, key));
  return {
    states: seen.size,
    moves,
    ...defined({ double: trace(double), falseSuccess: trace(falseSuccess), lost: trace(lost) }),
  };
}

function defined<T extends object>(given: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}

function stepsOf(world: World, rules: Rules): Step[] {
  return [
    ...workerSteps(world, 0, rules),
    ...workerSteps(world, 1, rules),
    ...worldSteps(world, rules),
  ];
}

function isOutcome({ ledger, intents }: World, rules: Rules): boolean {
  const { state } = ledger;
  const isHeld = state.status === 'unknown' && state.held;
  // Only so many intents are followed; what is pending then would go on.
  const isCut = state.status === 'pending' && intents === rules.mostIntents;
  return ['succeeded', 'failed', 'cancelled'].includes(state.status) || isHeld || isCut;
}

function isFalse({ ledger, jobs }: World): boolean {
  const { state } = ledger;
  if (state.status !== 'succeeded') return false;
  const intent = Number(state.imageId.slice(1));
  return !jobs.some((job) => job.intent === intent && job.status === 'success');
}

/** A world from which no outcome can be reached: goes backwards from all that are good. */
function findLost(seen: ReadonlyMap<string, Seen>): string | undefined {
  const before = new Map<string, string[]>();
  for (const [key, { next }] of seen) {
    for (const after of next) {
      const earlier = before.get(after);
      if (earlier) earlier.push(key);
      else before.set(after, [key]);
    }
  }
  const good = new Set([...seen].filter(([, { isGood }]) => isGood).map(([key]) => key));
  const stack = [...good];
  for (let key = stack.pop(); key !== undefined; key = stack.pop()) {
    for (const earlier of before.get(key) ?? []) {
      if (good.has(earlier)) continue;
      good.add(earlier);
      stack.push(earlier);
    }
  }
  return [...seen.keys()].find((key) => !good.has(key));
}

function traceTo(seen: ReadonlyMap<string, Seen>, key: string): readonly string[] {
  const trace: string[] = [];
  for (let at = seen.get(key); at?.from !== undefined; at = seen.get(at.from))
    trace.unshift(at.name);
  return trace;
}

function noteMove(moves: Set<string>, before: Progress, after: Progress): void {
  const [from, to] = [nameOf(before), nameOf(after)];
  if (from !== to) moves.add(`${from} → ${to}`);
}

function nameOf({ state }: Progress): string {
  return state.status === 'unknown' && state.held ? 'held' : state.status;
}

function keyOf(world: World): string {
  return JSON.stringify(world);
}

/** What makes no difference is made equal: counters of queue jobs, and which worker is which. */
function normal(world: World): World {
  const { ledger, workers } = world;
  const [first, second] = workers;
  const isOrdered = JSON.stringify(first) <= JSON.stringify(second);
  return {
    ...world,
    ledger: normalProgress(ledger),
    ...(world.backup ? { backup: normalProgress(world.backup) } : {}),
    workers: isOrdered ? workers : [second, first],
  };
}

function normalProgress(progress: Progress): Progress {
  const { state } = progress;
  return {
    ...progress,
    queued: 0,
    state: state.status === 'unknown' ? { ...state, lookUps: 0 } : state,
  };
}
