import type { ImsClient, ImsImage } from '../shared/cloud/ims/ims-answers.ts';
import type { Writer } from '../shared/cloud/ims/ims-writer.ts';
import type { ImageMembers } from '../shared/cloud/ims/members.ts';
import type { OtherClouds } from '../shared/cloud/other-clouds.ts';
import type { Sessions } from '../shared/cloud/session/session.ts';
import type { Config } from '../shared/config/config.ts';
import { isDone } from '../shared/image/image-fields.ts';
import type { ImportKey } from '../shared/image/import-key.ts';
import type { BatchStore } from '../shared/ledger/batch-store.ts';
import type { FleetClock } from '../shared/ledger/fleet-clock.ts';
import type { GuardStore } from '../shared/ledger/guard-store.ts';
import type { ChangeAnswer, ImportStore } from '../shared/ledger/import-store.ts';
import type { LedgerEntry } from '../shared/ledger/ledger-entry.ts';
import type { ProjectStore } from '../shared/ledger/project-store.ts';
import type { Logger } from '../shared/log/logger.ts';
import { compareImage } from '../shared/look-up/compare-image.ts';
import { placeOf } from '../shared/look-up/place-of.ts';
import type { Metrics } from '../shared/metrics/metrics.ts';
import { type Queues, triggerOf } from '../shared/queues/queues.ts';
import type { Fitness } from '../shared/redis/redis-fitness.ts';
import type { Random } from '../shared/runtime/random.ts';
import {
  type Difference,
  type ImportEvent,
  type Reason,
  stateVersion,
} from '../shared/state/import-state.ts';
import type { Traces } from '../shared/tracing/traces.ts';
import type { GenerationWatch } from './generation.ts';
import type { Intents } from './intents.ts';
import { NOT_AS_REQUESTED } from './judge.ts';
import type { Notifier } from './notify/notifier.ts';
import type { PermissionRefusals } from './permission-refusals.ts';
import { importLogger, record, recordEvidence } from './record.ts';
import type { RequestPace } from './request-pace.ts';
import type { RestingClouds } from './resting-clouds.ts';
import type { SharedLookUps } from './shared-look-ups.ts';

/** Everything a worker works with. Functions take the parts they use. */
export interface WorkerDeps {
  readonly config: Config;
  readonly ledger: ImportStore;
  readonly batches: BatchStore;
  readonly project: ProjectStore;
  readonly guard: GuardStore;
  readonly generation: GenerationWatch;
  readonly intents: Intents;
  /** Nothing is created while this reports a problem with Redis. */
  readonly fitness: Fitness;
  readonly pace: RequestPace;
  /** Look-ups of imports that fail together. */
  readonly lookUps: Pick<SharedLookUps, 'find'>;
  readonly refusals: PermissionRefusals;
  /** Clouds of copies that are not tried for a while. */
  readonly resting: RestingClouds;
  readonly queues: Queues;
  readonly ims: ImsClient;
  readonly sessions: Sessions;
  /** Changes images of this project. */
  readonly writer: Writer;
  /** Shares images of this project with others. */
  readonly members: ImageMembers;
  /** Clouds of clouds.yaml beside this one. */
  readonly others: OtherClouds;
  /** The enterprise project whose images lists show; absent: every one the user may see. */
  readonly enterpriseProjectId?: string;
  readonly clock: FleetClock;
  readonly random: Random;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly traces: Traces;
  /** Absent: nobody is notified. */
  readonly notifier?: Notifier;
  /** Names this process among all workers. */
  readonly workerId: string;
  /** Aborted when the worker has to stop: no POST starts after that. */
  readonly stopping: AbortSignal;
}

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

function hasFailedForThat({ state }: LedgerEntry): boolean {
  return state.status === 'failed' && state.reason.code === NOT_AS_REQUESTED;
}

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

  /** What reads its image, in whichever project that is. */
  async imsOfImage(): Promise<Pick<ImsClient, 'image' | 'images'>> {
    return (await placeOf(this.deps, this.#entry.request)).ims;
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
  async adopt(images: readonly ImsImage[]): Promise<void> {
    const at = this.now;
    const [image, another] = images;
    if (!image) return;
    if (another) {
      const imageIds = images.map(({ id }) => id);
      this.deps.log.error({ key: this.key, imageIds }, 'double: several images carry one marker');
      await this.record({ type: 'found-many', imageIds, at });
      return;
    }
    const { id, status } = image;
    const differences = this.differencesOf(image);
    const isUnfit = differences.length > 0 && this.deps.config.verify === 'strict';
    // A scan finds it again and again; nothing has changed since it failed for that.
    if (isUnfit && hasFailedForThat(this.#entry)) return;
    // A copy that is found is polled once more, so that it gets its tag.
    const isFollowed = this.#entry.request.kind === 'copy' && isDone(status);
    const found = { id, status: isFollowed ? 'saving' : status, differences, isUnfit };
    const { entry: after } = await this.record({ type: 'found', image: found, at });
    if (after?.state.status === 'creating') await this.deps.queues.addPoll(triggerOf(after), 0);
  }

  /** How IMS describes an image of this import other than it was requested. */
  differencesOf(image: ImsImage): readonly Difference[] {
    return this.deps.config.verify === 'off' ? [] : compareImage(this.#entry, image);
  }

  #changed(answer: ChangeAnswer): ChangeAnswer {
    if (answer.kind === 'changed') this.#entry = answer.entry;
    return answer;
  }
}
