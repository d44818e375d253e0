import { archive } from './archive/archive.ts';
import type { Bench } from './bench.ts';
import { engine } from './engine/engine.ts';
import { makespan } from './makespan/makespan.ts';
import { memory } from './memory/memory.ts';
import { polls } from './polls/polls.ts';
import { producer } from './producer/producer.ts';
import { profile } from './profile/profile.ts';
import { scale } from './scale/scale.ts';
import { scaling } from './scaling/scaling.ts';

/** In the order of the page. */
export const BENCHES: readonly Bench[] = [
  makespan,
  polls,
  engine,
  producer,
  memory,
  archive,
  scaling,
  scale,
  profile,
];
