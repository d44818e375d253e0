import type { ImsClient, ReadAnswer } from '../../shared/cloud/ims/ims-answers.ts';
import type { RateLimit } from '../../shared/ledger/rate-limit.ts';
import type { Logger } from '../../shared/log/logger.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { RequestMeter } from './request-meter.ts';

/** A poll whose turn is so near waits for it where it is. */
const NEAR_MS = 1000;
/** No other read waits longer: a rate that is too low must not hold up a worker's end. */
const LONGEST_MS = 3000;

interface PaceDeps {
  readonly budget: RateLimit;
  readonly clock: Clock;
  readonly log: Logger;
  /** How many workers share the budget. */
  readonly workers: () => Promise<number>;
}

/**
 * The requests of this worker among those of the fleet. While the cloud throttles nothing it costs
 * nothing; after repeated 429s every request takes its turn from a rate that all workers share.
 */
export class RequestPace {
  readonly #deps: PaceDeps;
  readonly #meter = new RequestMeter();
  #isLimited = false;
  /** What the log was last told. */
  #toldRate = Number.POSITIVE_INFINITY;

  constructor(deps: PaceDeps) {
    this.#deps = deps;
  }

  /** Takes a turn for a poll: 0 when it may leave now, else milliseconds to come back after. */
  async ask(): Promise<number> {
    if (this.#isLimited) {
      const turn = await this.#deps.budget.take(NEAR_MS);
      this.#isLimited = turn.isLimited;
      if (!turn.isTaken) return turn.waitMs;
      await this.#deps.clock.sleep(turn.waitMs);
    }
    this.#meter.count(this.#deps.clock.monotonic());
    return 0;
  }

  /** Takes a turn for a read that others wait for, and waits until it comes. */
  async wait(): Promise<void> {
    const waitMs = Math.min(LONGEST_MS, await this.#queue());
    if (waitMs > 0) await this.#deps.clock.sleep(waitMs);
    this.#meter.count(this.#deps.clock.monotonic());
  }

  /** How long a create had better wait before it is admitted; no turn is taken. */
  async aheadMs(): Promise<number> {
    if (!this.#isLimited) return 0;
    const turn = await this.#deps.budget.peek();
    this.#isLimited = turn.isLimited;
    return turn.waitMs;
  }

  /** Counts a request that does not wait: those that come after it do. */
  async pay(): Promise<void> {
    this.#meter.count(this.#deps.clock.monotonic());
    await this.#queue();
  }

  /** Takes the next turn, however far; answers the milliseconds until then. */
  async #queue(): Promise<number> {
    if (!this.#isLimited) return 0;
    // A turn that cannot be written down is no reason to lose an answer.
    const turn = await this.#deps.budget.take(Number.MAX_SAFE_INTEGER).catch(() => undefined);
    return turn?.waitMs ?? 0;
  }

  /** Watches what becomes of a request that leaves now. */
  async watch<Answer>(call: () => Promise<Answer>, isThrottled: (answer: Answer) => boolean) {
    const sentAt = this.#deps.clock.monotonic();
    const answer = await call();
    this.#meter.countAnswer(sentAt, isThrottled(answer) ? 'throttled' : 'passed');
    return answer;
  }

  /** The cloud said "too many requests": again and again within a minute, all workers slow down. */
  async throttled(): Promise<void> {
    const { budget, clock, log, workers } = this.#deps;
    const now = clock.monotonic();
    if (!this.#meter.isTooFast(now)) return;
    const seenRate = this.#meter.allowed(now) * Math.max(1, await workers());
    const rate = await budget.lower(seenRate);
    if (rate === undefined) return;
    this.#isLimited = true;
    if (rate >= this.#toldRate) return;
    this.#toldRate = rate;
    log.warn({ requestsASecond: rate }, 'throttled repeatedly: all workers share a lower rate');
  }

  /** Finds out whether another worker was throttled. */
  async refresh(): Promise<void> {
    this.#isLimited = (await this.#deps.budget.peek()).isLimited;
  }
}

/**
 * IMS where every request takes its turn, and is watched. The poll of a job has asked for it before;
 * the other reads wait here: three polls at once mean three reads of images right after them.
 */
export function pacedIms(
  ims: ImsClient,
  pace: Pick<RequestPace, 'pay' | 'wait' | 'watch'>,
): ImsClient {
  const read = <T>(call: () => Promise<ReadAnswer<T>>): Promise<ReadAnswer<T>> =>
    pace.watch(call, (answer) => answer.kind === 'failed' && answer.throttled);
  const inTurn = async <T>(call: () => Promise<ReadAnswer<T>>): Promise<ReadAnswer<T>> => {
    await pace.wait();
    return read(call);
  };
  return {
    job: (jobId) => read(() => ims.job(jobId)),
    image: (imageId) => inTurn(() => ims.image(imageId)),
    images: (filter) => inTurn(() => ims.images(filter)),
    quota: () => inTurn(() => ims.quota()),
    // Nothing is awaited between an intent's deadline and its POST but what must be.
    submit: (call) => {
      void pace.pay();
      return pace.watch(
        () => ims.submit(call),
        (answer) => answer.kind === 'not-sent' && answer.cause === 'throttled',
      );
    },
  };
}
