import type { Stores } from '../../shared/ledger/stores.ts';
import type { Queues } from '../../shared/queues/queues.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Random } from '../../shared/runtime/random.ts';

/** Everything that archiving works with. */
export interface ArchiveDeps extends Omit<Stores, 'guard'> {
  readonly queues: Queues;
  readonly clock: Clock;
  readonly random: Random;
  readonly lockMs: number;
  /** How long after a create its answer may still come, in milliseconds. */
  readonly answerMs: number;
  /** Names this machine, to find a file again. */
  readonly host: string;
  /** Names this process among several that archive. */
  readonly owner: string;
  /** Aborted: what has begun is left so that the next run continues it. */
  readonly stop: AbortSignal;
}
