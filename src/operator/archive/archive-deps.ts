import type { BatchArchive } from '../../shared/ledger/batch-archive.ts';
import type { BatchDeps } from '../../shared/ledger/batch-store.ts';
import type { ProjectStore } from '../../shared/ledger/project-store.ts';
import type { Queues } from '../../shared/queues/queues.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import type { Random } from '../../shared/runtime/random.ts';

/** Everything that archiving works with. */
export interface ArchiveDeps extends BatchDeps {
  readonly archives: BatchArchive;
  readonly project: ProjectStore;
  readonly queues: Queues;
  readonly clock: Clock;
  readonly random: Random;
  readonly lockMs: number;
  /** How long after a create its answer may still come, in milliseconds. */
  readonly answerMs: number;
  /** Names this machine, for who looks for a file. */
  readonly host: string;
  /** Names this process among several that archive. */
  readonly owner: string;
  /** Aborted: what is begun is left so that the next one goes on with it. */
  readonly stop: AbortSignal;
}

/** What came of one batch. */
export type Archived =
  | {
      readonly kind: 'archived';
      readonly batch: string;
      readonly images: number;
      readonly file: string;
    }
  /** Some images were changed meanwhile, or somebody has submitted it again: they stay. */
  | { readonly kind: 'kept'; readonly batch: string; readonly left: number; readonly file: string }
  /** Nothing was done. `why`: the rest of a sentence that begins with the batch. */
  | { readonly kind: 'not-yet'; readonly batch: string; readonly why: string }
  /** Told to stop: the next one goes on from there. */
  | { readonly kind: 'stopped'; readonly batch: string };
