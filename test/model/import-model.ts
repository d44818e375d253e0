import { GIVEN_UP } from '../../src/shared/look-up/match-images.ts';
import type { Progress } from '../../src/shared/state/import-state.ts';
import { explore, type Verdict } from './explore.ts';
import { normalProgress } from './progress.ts';
import { workerSteps } from './worker-steps.ts';
import { type Budget, living, newWorld, type Rules, type World } from './world.ts';
import { FALL_BACK, worldSteps } from './world-steps.ts';

export interface ImportVerdict extends Verdict {
  /** Every move of the ledger that was seen, as `from → to`; what a fall back undoes is none. */
  readonly moves: ReadonlySet<string>;
}

/** Goes through every order of every step of one import, two workers, the cloud and people. */
export async function exploreImport(
  rules: Rules,
  budget: Partial<Budget>,
  lookedFor?: string,
): Promise<ImportVerdict> {
  const moves = new Set<string>();
  const model = {
    first: newWorld(budget),
    steps: async (world: World) => [
      ...(await workerSteps(world, 0, rules)),
      ...(await workerSteps(world, 1, rules)),
      ...worldSteps(world, rules),
    ],
    isGood: (world: World) => isOutcome(world, rules),
    never: {
      'two living images': (world: World) => living(world) > 1,
      'success without its image': isFalseSuccess,
      'a living image called failed': isFalseFailure,
    },
    normal,
    note: (before: World, name: string, after: World) => {
      if (name !== FALL_BACK) noteMove(moves, before.ledger, after.ledger);
    },
  };
  return { ...(await explore(model, lookedFor)), moves };
}

function isOutcome({ ledger, intents }: World, rules: Rules): boolean {
  const { state } = ledger;
  const isHeld = state.status === 'unknown' && state.held;
  // Only a few intents are followed; what is pending then would continue.
  const isCut = state.status === 'pending' && intents === rules.mostIntents;
  return ['succeeded', 'failed', 'cancelled'].includes(state.status) || isHeld || isCut;
}

function isFalseSuccess({ ledger: { state }, jobs }: World): boolean {
  if (state.status !== 'succeeded') return false;
  const intent = Number(state.imageId.slice(1));
  const job = jobs.find((one) => one.intent === intent);
  return job?.status !== 'success' && job?.status !== 'deleted';
}

/** What a person gave up may live. */
function isFalseFailure(world: World): boolean {
  const { state } = world.ledger;
  return state.status === 'failed' && state.reason.code !== GIVEN_UP && living(world) > 0;
}

function noteMove(moves: Set<string>, before: Progress, after: Progress): void {
  const [from, to] = [nameOf(before), nameOf(after)];
  if (from !== to) moves.add(`${from} → ${to}`);
}

function nameOf({ state }: Progress): string {
  return state.status === 'unknown' && state.held ? 'held' : state.status;
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
