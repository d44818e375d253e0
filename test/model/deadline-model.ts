import { startDeadline } from '../../src/worker/intents.ts';

/** What happens to the two clocks of a host in one moment, and how much time really passes. */
interface Moment {
  readonly what: string;
  readonly wall: number;
  readonly monotonic: number;
  readonly real: number;
}

const PASSES: Moment = { what: 'a moment passes', wall: 1, monotonic: 1, real: 1 };

export const WALL_STEPS: readonly Moment[] = [
  { what: 'the wall clock steps forward', wall: 100, monotonic: 0, real: 0 },
  { what: 'the wall clock steps back', wall: -100, monotonic: 0, real: 0 },
  { what: 'the wall clock steps back a little', wall: -1, monotonic: 0, real: 0 },
];

/** One of the clocks runs on while a host sleeps. */
export const SLEEPS: readonly Moment[] = [
  { what: 'the host sleeps', wall: 3, monotonic: 0, real: 3 },
];

const LONGEST = 5;

/** Every order of moments after which a create may still leave although its time is over. */
export function lateSends(
  budget: number,
  troubles: readonly Moment[],
  clocks: readonly ('wall' | 'monotonic')[],
): readonly string[] {
  const late: string[] = [];
  const follow = (moments: readonly Moment[]): void => {
    const real = sum(moments.map((moment) => moment.real));
    if (real > budget && maySend(budget, moments, clocks))
      late.push(moments.map(({ what }) => what).join(', '));
    if (moments.length < LONGEST)
      for (const next of [PASSES, ...troubles]) follow([...moments, next]);
  };
  follow([]);
  return late;
}

function maySend(
  budget: number,
  moments: readonly Moment[],
  clocks: readonly ('wall' | 'monotonic')[],
): boolean {
  const is = { wall: 1000, monotonic: 1000 };
  const [only, another] = clocks;
  const read = (clock: 'wall' | 'monotonic'): number => is[another ? clock : (only ?? clock)];
  const wall = { now: () => read('wall') };
  const deadline = startDeadline({ wall, monotonic: () => read('monotonic') }, budget);
  for (const { wall: wallMs, monotonic } of moments) {
    is.wall += wallMs;
    is.monotonic += monotonic;
  }
  return deadline.mayStillSend();
}

function sum(all: readonly number[]): number {
  return all.reduce((total, one) => total + one, 0);
}
