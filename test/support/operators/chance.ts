import type { Random } from '../../../src/shared/runtime/random.ts';

export function chance(random: Random, share: number): boolean {
  return random.next() < share;
}

export function pick<T>(random: Random, all: readonly T[]): T {
  const one = all[Math.floor(random.next() * all.length)];
  if (one === undefined) throw new RangeError('nothing to pick from');
  return one;
}
