import type { ImportKey } from '../image/import-key.ts';
import type { Queues } from './queues.ts';

interface KeptJob {
  readonly queue: 'submit' | 'poll';
  readonly id: string;
}

const KEY_LENGTH = 43;

/**
 * Ended queue jobs that are kept for people. One that outlives its import would block the queue job of the
 * same image when it is registered again: both have the same id.
 */
export class KeptJobs {
  readonly #queues: Queues;
  readonly #jobs = new Map<ImportKey, readonly KeptJob[]>();

  private constructor(queues: Queues) {
    this.#queues = queues;
  }

  /** The jobs that exist now: some thousands at most. */
  static async read(queues: Queues): Promise<KeptJobs> {
    const kept = new KeptJobs(queues);
    for (const queue of ['submit', 'poll'] as const) {
      for (const id of await queues[queue].getRanges(['completed', 'failed'], 0, -1)) {
        const key = id.slice(0, KEY_LENGTH);
        kept.#jobs.set(key, [...(kept.#jobs.get(key) ?? []), { queue, id }]);
      }
    }
    return kept;
  }

  /** Removes the ended queue jobs of these imports. */
  async remove(keys: readonly ImportKey[]): Promise<void> {
    for (const key of keys) {
      for (const { queue, id } of this.#jobs.get(key) ?? []) await this.#queues[queue].remove(id);
      this.#jobs.delete(key);
    }
  }
}
