import type { ImsImage } from '../shared/cloud/ims/ims-answers.ts';
import type { ImportKey } from '../shared/image/import-key.ts';
import type { ChangeAnswer } from '../shared/ledger/import-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { Logger } from '../shared/log/logger.ts';
import { triggerOf } from '../shared/queues/queues.ts';
import { type ImportEvent, type Reason, stateVersion } from '../shared/state/import-state.ts';
import { importLogger, record, recordEvidence } from './record.ts';
import type { WorkerDeps } from './worker-deps.ts';

/** What becomes of a queue job after one step. */
export type JobOutcome =
  | { readonly kind: 'done' }
  | { readonly kind: 'again'; readonly delayMs: number }
  /** Back to the front of the queue, for another worker. */
  | { readonly kind: 'put-back' }
  /** The image failed; the dashboard shows the queue job as failed. */
  | { readonly kind: 'failed'; readonly reason: Reason };

export const DONE: JobOutcome = { kind: 'done' };

export function again(delayMs: number): JobOutcome {
  return { kind: 'again', delayMs };
}

type Without<Event, Field extends string> = Event extends unknown ? Omit<Event, Field> : never;
type Concluded = Extract<ImportEvent, { readonly of: string }>;
type Answered = Extract<ImportEvent, { readonly epoch: number }>;
type Disputed = Extract<ImportEvent, { readonly type: 'disputed' }>;

/** What a step concludes about its import; the state version it was concluded from is filled in. */
export type Conclusion = Without<Concluded, 'of'>;
/** What an answer to a create proves; the epoch of the create is filled in. */
export type Answer = Without<Answered, 'epoch'>;

/** One step of one queue job: its import as it was read, or as this step last changed it. */
export class Step {
  readonly deps: WorkerDeps;
  #entry: LedgerEntry;

  constructor(deps: WorkerDeps, entry: LedgerEntry) {
    this.deps = deps;
    this.#entry = entry;
  }

  get entry(): LedgerEntry {
    return this.#entry;
  }

  get key(): ImportKey {
    return this.#entry.key;
  }

  /** The fleet's time. */
  get now(): number {
    return this.deps.clock.now();
  }

  get log(): Logger {
    return importLogger(this.deps, this.#entry);
  }

  /** Writes a conclusion down. It does not apply if the import has moved on since it was read. */
  async record(conclusion: Conclusion, nextStepMs = 0): Promise<ChangeAnswer> {
    const event: ImportEvent = { ...conclusion, of: stateVersion(this.#entry) };
    return this.#changed(
      await record(this.deps, this.key, { event, nextStepMs, seen: this.#entry }),
    );
  }

  /** Writes down what an answer to a create proves; tried again until Redis takes it. */
  async recordAnswer(answer: Answer, nextStepMs = 0): Promise<ChangeAnswer> {
    const event: ImportEvent = { ...answer, epoch: this.#entry.epoch };
    return this.#changed(
      await recordEvidence(this.deps, this.key, { event, nextStepMs, seen: this.#entry }),
    );
  }

  /** From now on the import waits for a person. */
  async hold(why: Pick<Disputed, 'reason' | 'imageIds' | 'areOurs'>): Promise<void> {
    await this.record({ type: 'disputed', at: this.now, ...why });
  }

  /**
   * Takes over the images that were found for this import: one image is adopted and followed, several
   * raise the alarm and hold it.
   */
  async adopt(images: readonly Pick<ImsImage, 'id' | 'status'>[]): Promise<void> {
    const at = this.now;
    const [image, another] = images;
    if (!image) return;
    if (another) {
      const imageIds = images.map(({ id }) => id);
      this.deps.log.error({ key: this.key, imageIds }, 'double: several images carry one marker');
      await this.record({ type: 'found-many', imageIds, at });
      return;
    }
    const { entry: after } = await this.record({ type: 'found', image, at });
    if (after?.state.status === 'creating') await this.deps.queues.addPoll(triggerOf(after), 0);
  }

  #changed(answer: ChangeAnswer): ChangeAnswer {
    if (answer.kind === 'changed') this.#entry = answer.entry;
    return answer;
  }
}
