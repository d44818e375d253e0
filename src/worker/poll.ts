import type { ImsJob, ReadAnswer } from '../shared/cloud/ims/ims-answers.ts';
import { verdictOf } from '../shared/dialect/error-catalogue.ts';
import {
  firstUnread,
  inspectImages,
  type SeenImage,
  type Unread,
} from '../shared/look-up/inspect-images.ts';
import { omitUndefined } from '../shared/runtime/omit-undefined.ts';
import type { ImportEvent, Reason } from '../shared/state/import-state.ts';
import {
  beside,
  judgeImage,
  judgeJob,
  notAsRequested,
  refusedReason,
  unreadableReason,
  worstOf,
} from './judge.ts';
import { judgeListing, measureListing, noteListing, readListing } from './listing.ts';
import { lookUpDelay } from './look-up.ts';
import { markCopy } from './mark-copy.ts';
import { type Followed, learnDuration, planNextPoll } from './plan-poll.ts';
import { failIfAgreed } from './poll-failure.ts';
import { slowDown } from './request-pace.ts';
import { again, DONE, type JobOutcome, type Step } from './step.ts';
import { READS_STOPPED } from './watched-ims.ts';

/** IMS: no figure is documented; an image that is still missing this long after SUCCESS is not coming. */
export const SUCCESS_WITHOUT_IMAGE_MS = 10 * 60_000;
/** Reads in a row that must not know an IMS job before it counts as gone. */
export const LOST_READS = 5;
/** Strange answers in a row before they are believed: with the pauses between them most of an hour. */
const FOREIGN_READS = 30;
const OVERDUE_MS = 24 * 3_600_000;
/** IMS: jobs were seen to be unknown for seconds after their create was accepted. */
const YOUNG_MS = 60_000;

type FailedRead = Extract<ReadAnswer<unknown>, { kind: 'failed' }>;
type JobRead = Extract<ReadAnswer<ImsJob>, { kind: 'ok' }>;
type PolledEvent = Extract<ImportEvent, { readonly type: 'polled' }>;

/**
 * One poll of an import that IMS is creating. Two facts must agree before it has an outcome: what its IMS job
 * reports, and what the images themselves show. A poll that fails proves nothing, and nothing is submitted
 * for it.
 */
export class Poll {
  readonly step: Step;
  /** What the ledger knew, and what this poll has learned since. */
  #state: Followed;

  constructor(step: Step, state: Followed) {
    this.step = step;
    this.#state = state;
  }

  get imageId(): string | undefined {
    return this.#state.imageId;
  }

  async run(): Promise<JobOutcome> {
    const { deps } = this.step;
    const [coolingMs, listed] = await Promise.all([
      deps.project.coolingMs('read'),
      readListing(this.step, this.#state),
    ]);
    if (coolingMs > 0) return again(coolingMs * (1 + deps.random.next()));
    const { jobId } = this.#state;
    // An image that was found, not answered for, is followed by itself alone.
    if (jobId === undefined) return this.#checkImages();
    if (listed.kind === 'listed') return again(listed.delayMs);
    const laterMs = await deps.pace.tryAcquire();
    if (laterMs > 0) return again(laterMs * (1 + deps.random.next()));
    const answer = await deps.ims.job(jobId);
    switch (answer.kind) {
      case 'ok':
        await deps.project.endThrottle('read');
        this.#learn({ leftAt: listed.leftAt, endedAt: this.#endOf(answer) });
        return this.#jobRead(answer.value);
      case 'not-found':
        return this.#notKnown();
      case 'failed':
        return isAboutThisJob(answer) ? this.#jobUnreadable(answer) : this.#readFailed(answer);
    }
  }

  #learn(news: { readonly [K in keyof Followed]?: Followed[K] | undefined }): void {
    this.#state = { ...this.#state, ...omitUndefined(news) };
  }

  /** When IMS ended the job, by the fleet's clock. Both of its times are the server's own. */
  #endOf({ value, serverTime }: JobRead): number | undefined {
    if (value.endedAt === undefined || serverTime === undefined) return undefined;
    const agoMs = serverTime - value.endedAt;
    const isOver = value.status === 'SUCCESS' || value.status === 'FAIL';
    // Only the first answer that shows the end counts.
    if (isOver && this.#state.successAt === undefined)
      this.step.deps.metrics.detected(agoMs / 1000);
    return this.step.now - Math.max(0, agoMs);
  }

  /** The first fact: what the IMS job reports. */
  async #jobRead(job: ImsJob): Promise<JobOutcome> {
    const { imageId } = this.#state;
    // The image that is copied is never the copy, should the job name it.
    const jobImageId = job.imageId === this.step.entry.copiedFrom ? undefined : job.imageId;
    if (imageId !== undefined && jobImageId !== undefined && jobImageId !== imageId) {
      return this.#twoImages([imageId, jobImageId]);
    }
    this.#learn({ imageId: jobImageId, otherImageIds: job.otherImageIds });
    const verdict = judgeJob(job);
    switch (verdict.kind) {
      case 'running':
        if (job.status === 'other') {
          this.step.log.warn({ statusWord: job.statusWord }, 'unknown status word');
        }
        await measureListing(this.step, this.#state);
        this.#learn({ progress: job.progress });
        return this.keepPolling();
      case 'success':
        return this.#checkImages();
      case 'failed':
        await judgeListing(this.step.deps, this.#state, true);
        return failIfAgreed(this, verdict.reason);
    }
  }

  /** The image that was found is not the one that the IMS job makes. */
  async #twoImages(imageIds: readonly string[]): Promise<JobOutcome> {
    this.step.log.error({ imageIds }, 'double: two images for one import');
    const reason = {
      code: 'DOUBLE',
      message: `two images were made for this import: ${imageIds.join(' and ')}`,
      advice: 'Look at the images, keep one, delete the other; nothing is deleted by itself.',
    };
    await this.step.record({ type: 'lost', reason, at: this.step.now, hold: true });
    return DONE;
  }

  /** The second fact: the images themselves. SUCCESS is believed when all of them are active. */
  async #checkImages(): Promise<JobOutcome> {
    const { deps, entry } = this.step;
    if (this.#state.imageId === undefined) {
      const found = await deps.lookUps.find(deps, entry);
      const [image, another] = found.kind === 'found' ? found.images : [];
      if (!image || another) return this.#imageMissing();
      this.#learn({ imageId: image.id });
    }
    const { imageId = '', otherImageIds = [] } = this.#state;
    const ids = [imageId, ...otherImageIds];
    const ims = await this.step.imsOfImage();
    const seen = await inspectImages(ims, ids, entry.request.enterprise_project_id);
    const unread = firstUnread(seen);
    if (unread) return this.unreadable(unread);
    const verdicts = seen.map(({ id, sight }) =>
      'image' in sight ? judgeImage(sight.image, entry, id === imageId) : 'missing',
    );
    const verdict = worstOf(verdicts);
    switch (verdict) {
      case 'active':
        return this.#active(seen);
      case 'coming':
        return this.keepPolling();
      case 'missing':
        return this.#imageMissing();
      case 'not-ours': {
        const message = `image ${imageId} carries the marker of another import`;
        return this.#lost({ code: 'NOT_OURS', message }, deps.config.poll.minMs, imageId);
      }
      case 'dead':
      case 'deleted':
        return failIfAgreed(this, deadReason(verdict, imageId));
    }
  }

  /** Both facts agree. What the reads have shown of the image is compared with the request. */
  async #active(seen: readonly SeenImage[]): Promise<JobOutcome> {
    const { step } = this;
    const { entry, deps } = step;
    const { imageId = '', otherImageIds = [] } = this.#state;
    const isMarked = entry.request.kind !== 'copy' || (await markCopy(step, imageId));
    const { successAt = step.now } = this.#state;
    if (!isMarked && step.now - successAt < SUCCESS_WITHOUT_IMAGE_MS) {
      this.#learn({ successAt });
      return this.keepPolling();
    }
    const main = seen.find(({ id }) => id === imageId)?.sight;
    const differences = main && 'image' in main ? step.differencesOf(main.image) : [];
    if (differences.length > 0 && deps.config.verify === 'strict') {
      const reason = notAsRequested(imageId, differences);
      await step.record({ type: 'failed', reason, imageId });
      return { kind: 'failed', reason };
    }
    const answer = await step.record({ type: 'succeeded', imageId, otherImageIds, differences });
    if (answer.kind !== 'changed') return DONE;
    if (differences.length > 0) step.log.warn({ imageId, differences }, 'image not as requested');
    await noteListing(step, this.#state);
    await judgeListing(deps, this.#state, true);
    await learnDuration(deps, entry, this.#state);
    return DONE;
  }

  /** SUCCESS, yet no image: given ten minutes, then unknown. Without an IMS job: it is gone. */
  async #imageMissing(): Promise<JobOutcome> {
    const { jobId, successAt = this.step.now } = this.#state;
    if (jobId === undefined) return this.#notKnown();
    if (this.step.now - successAt < SUCCESS_WITHOUT_IMAGE_MS) {
      this.#learn({ successAt });
      return this.keepPolling();
    }
    const message = `IMS job ${jobId} ended with SUCCESS, but its image does not exist`;
    return this.#lost({ code: 'NO_IMAGE', message }, this.step.deps.config.poll.minMs);
  }

  /** The import is still running: writes down what this poll has shown, and plans the next one. */
  async keepPolling(news: { readonly imageId?: string } = {}): Promise<JobOutcome> {
    this.#learn(news);
    const { deps, entry, log, now } = this.step;
    const { since, progress, imageId, otherImageIds, successAt } = this.#state;
    await judgeListing(deps, this.#state, false);
    const overdue = now - since > OVERDUE_MS;
    if (overdue && !this.#state.overdue) log.warn('import has been running for more than a day');
    const delayMs = overdue ? deps.config.poll.maxMs : await planNextPoll(deps, entry, this.#state);
    const shown = omitUndefined({ progress, imageId, otherImageIds, successAt });
    return this.#polled({ overdue, ...shown }, delayMs);
  }

  /** IMS knows neither the job nor the image: only several such answers in a row are believed. */
  async #notKnown(): Promise<JobOutcome> {
    const { config } = this.step.deps;
    const { jobId, imageId, since } = this.#state;
    if (jobId !== undefined && this.step.now - since < YOUNG_MS) {
      return this.#polled({}, Math.min(config.poll.maxMs, 2 * config.poll.minMs));
    }
    const reason =
      jobId !== undefined || imageId === undefined
        ? { code: 'JOB_GONE', message: 'IMS does not know this import any more' }
        : { code: 'IMAGE_GONE', message: `IMS does not show image ${imageId} any more` };
    const delayMs = lookUpDelay(0, config.unknown.windowMs);
    return (await this.readOnceMore()) ?? this.#lost(reason, delayMs);
  }

  /** Bad news is believed only when several reads in a row agree: `undefined` when they do. */
  async readOnceMore(): Promise<JobOutcome | undefined> {
    const { minMs, maxMs } = this.step.deps.config.poll;
    const { lostReads = 0 } = this.#state;
    if (lostReads + 1 >= LOST_READS) return undefined;
    return this.#polled({ lost: true }, Math.min(maxMs, minMs * 2 ** lostReads));
  }

  /** Strange answers are believed only after many in a row: `undefined` then. */
  async #readStrangeOnceMore({ code, message }: Reason): Promise<JobOutcome | undefined> {
    const { minMs, maxMs } = this.step.deps.config.poll;
    const { foreignReads = 0 } = this.#state;
    if (foreignReads + 1 >= FOREIGN_READS) return undefined;
    this.step.log.warn({ code, message }, 'poll failed, trying again');
    const delayMs = Math.min(maxMs, minMs * 2 ** Math.min(foreignReads, 16));
    return this.#polled({ foreign: true }, delayMs);
  }

  /**
   * No answer shows the state of this IMS job, again and again: then its image decides. Without an image it is
   * looked up, and held for a person in the end.
   */
  async #jobUnreadable({ code, message, foreign }: FailedRead): Promise<JobOutcome> {
    const later = await this.#readStrangeOnceMore({ code, message });
    if (later) return later;
    if (this.#state.imageId !== undefined) return this.#checkImages();
    const who = foreign ? 'something other than IMS answered' : 'IMS answered with an error';
    const reason = {
      code: 'JOB_UNREADABLE',
      message: `for IMS job ${this.#state.jobId} ${who} ${FOREIGN_READS} times in a row, last with ${code}: ${message}`,
      advice: foreign
        ? 'Check what is between the worker and IMS: a gateway, firewall or proxy.'
        : 'Ask the support of the cloud about this IMS job.',
    };
    return this.#lost(reason, this.step.deps.config.poll.minMs);
  }

  /**
   * An image could not be inspected: the import stays as it is until it can be. Where a right is missing,
   * several times in a row, a person has to know. `failure`: what IMS reports of the import meanwhile.
   */
  async unreadable(unread: Unread, failure?: Reason): Promise<JobOutcome> {
    const { throttled, retryAfterMs, isForGood, reason } = unread;
    // IMS itself answers, so this is no outage: something blocks this one call.
    const isBlocked = unread.foreign && !throttled && failure !== undefined;
    if (!isBlocked && !isForGood) {
      const answer = omitUndefined({ throttled, retryAfterMs, ...reason });
      return this.#readFailed({ kind: 'failed', ...answer });
    }
    const later = isBlocked ? await this.#readStrangeOnceMore(reason) : await this.readOnceMore();
    if (later) return later;
    const why = isBlocked ? unreadableReason(reason) : refusedReason(reason);
    await this.step.hold({
      reason: failure === undefined ? why : beside(why, failure),
      imageIds: this.step.entry.seenImageIds,
      areOurs: true,
    });
    return DONE;
  }

  /** The read itself failed: the import stays as it is. */
  async #readFailed({ throttled, retryAfterMs, ...answer }: FailedRead): Promise<JobOutcome> {
    const { deps, key, now, log } = this.step;
    const { poll, lockMs } = deps.config;
    if (throttled) return again(await slowDown(deps, 'read', retryAfterMs));
    const { code, message, requestId } = answer;
    if (code !== READS_STOPPED) {
      log.warn({ code, message, requestId }, 'poll failed, trying again');
      return again(poll.minMs * (1 + deps.random.next()));
    }
    // The project waits for a person, not for the cloud.
    await deps.ledger.putOff([key], now + poll.maxMs + 2 * lockMs);
    return again(poll.maxMs);
  }

  async #polled(shown: Partial<PolledEvent>, delayMs: number): Promise<JobOutcome> {
    const nothing = { overdue: false, lost: false };
    await this.step.record({ ...nothing, ...shown, type: 'polled', at: this.step.now }, delayMs);
    return again(delayMs);
  }

  /** From now on the import is looked up. */
  async #lost(reason: Reason, delayMs: number, disowned?: string): Promise<JobOutcome> {
    const event = { type: 'lost', reason, at: this.step.now, hold: false } as const;
    await this.step.record(omitUndefined({ ...event, disowned }), delayMs);
    return again(delayMs);
  }
}

/** Something other than IMS answers, or IMS with a code that is about neither rights nor tokens. */
function isAboutThisJob({ throttled, foreign, code }: FailedRead): boolean {
  const verdict = verdictOf(code)?.kind;
  const isOwnCode = code.startsWith('IMG.') && verdict !== 'stop' && verdict !== 'not-sent';
  return !throttled && (foreign === true || isOwnCode);
}

function deadReason(verdict: 'dead' | 'deleted', imageId: string): Reason {
  if (verdict === 'deleted') {
    const message = `image ${imageId} was deleted while it was being imported`;
    const advice = 'Somebody deleted it; ims-ferry retry creates it again.';
    return { code: 'IMAGE_DELETED', message, advice };
  }
  const message = `IMS could not finish image ${imageId}`;
  const advice = 'Look at the image in the console, delete it, and retry.';
  return { code: 'IMAGE_DEAD', message, advice };
}
