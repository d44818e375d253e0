import type { Bench } from './bench.ts';
import { engine } from './engine/engine.ts';

/** In the order of the page. */
export const BENCHES: readonly Bench[] = [engine];
