import { randomBytes } from 'node:crypto';

/** The only source of randomness, so that tests can be repeated. */
export interface Random {
  /** A number from 0 (inclusive) to 1 (exclusive). */
  next(): number;
  /** `size` random bytes as unpadded base64url. */
  id(size: number): string;
}

export const systemRandom: Random = {
  next: () => Math.random(),
  id: (size) => randomBytes(size).toString('base64url'),
};

/** A repeatable sequence (mulberry32) for the simulator and for tests. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  return {
    next,
    id: (size) =>
      Buffer.from(Array.from({ length: size }, () => Math.floor(next() * 256))).toString(
        'base64url',
      ),
  };
}
