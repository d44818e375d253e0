import type { Bench } from './bench.ts';

/** In the order of the page. */
export const BENCHES: readonly Bench[] = [];
