import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import type { Content, Cut } from './redis-as-value.ts';

export const KEYS = ledgerKeys('model');

/** A worker, by what it knows. */
export interface Hand {
  /** Another process has another name. */
  readonly name: string;
  readonly isUp: boolean;
  /** The highest generation of the ledger that it has seen. */
  readonly seen: number;
  /** Whether it is on the disk of Redis that this worker may hold intents. */
  readonly registered: 'no' | 'written' | 'on disk';
  /** `late`: it slept past the deadline of its intent. */
  readonly at: 'idle' | 'intent' | 'late' | 'sent';
  readonly intent?: number;
  readonly epoch?: number;
  /** Its intent is on the disk, and it was confirmed over the connection that wrote it. */
  readonly isOnDisk?: boolean;
}

/** One import, a Redis with its disk, a worker on the same host and one elsewhere, and the cloud. */
export interface PowerWorld {
  readonly redis: Content;
  /** What is left after a power cut. */
  readonly disk: Content;
  /** Counts the runs of the server. */
  readonly run: number;
  readonly hands: readonly [same: Hand, elsewhere: Hand];
  /** On the disk of the host of Redis: what its workers have seen. */
  readonly kept: Readonly<Record<string, number>>;
  readonly intents: number;
  /** Intents whose request is on its way. */
  readonly requests: readonly number[];
  readonly jobs: readonly { readonly intent: number; readonly isListed: boolean }[];
  readonly powerCuts: number;
  readonly windows: number;
}

export interface PowerRules {
  /**
   * `confirms`: it says when a write is on its disk, and workers wait for that. `everysec`: it does not,
   * and workers say that their intents may be lost.
   */
  readonly mode: 'confirms' | 'everysec';
  /** `confirms`: the POST waits for the disk. */
  readonly waitsForDisk: boolean;
  /** `everysec`: the first intent waits until the registration is on the disk. */
  readonly waitsForRegistration: boolean;
  /** A worker that has not reported yet asks for admission all the same. */
  readonly reportsFirst: boolean;
  /** Workers keep on their own disk what they have seen. */
  readonly keepsSeen: boolean;
  readonly cuts: readonly Cut[];
  readonly powerCuts: number;
  readonly windows: number;
}

/** Two are enough for a double. */
export const MOST_INTENTS = 2;

export const POWER_SHIPPED: PowerRules = {
  mode: 'confirms',
  waitsForDisk: true,
  waitsForRegistration: true,
  reportsFirst: true,
  keepsSeen: true,
  cuts: [],
  powerCuts: 1,
  windows: 2,
};

export function newHand(name: string): Hand {
  return { name, isUp: true, seen: 0, registered: 'no', at: 'idle' };
}
