import type { Simulator } from '../../../simulator/start-simulator.ts';

/** What one contender runs in: a cloud of its own, and what it has to bring into it. */
export interface Lane {
  readonly simulator: Simulator;
  readonly images: number;
  /** Images in flight at once. */
  readonly limit: number;
  /** Its own; need not be there yet. */
  readonly folder: string;
  readonly path: string;
}

export interface Runner {
  /** When its processes were started, by the clock of the cloud. */
  readonly startedAt: number;
  /** How many images it knows to be done, once it has ended. */
  readonly ended: Promise<number>;
  /** Ends it, and what belongs to it. */
  stop(): Promise<void>;
}
