import type { ImsClient } from '../../shared/cloud/ims/ims-answers.ts';
import type { BudgetLedger } from '../../shared/ledger/budget-ledger.ts';
import type { Logger } from '../../shared/log/logger.ts';
import type { Clock } from '../../shared/runtime/clock.ts';
import { RequestMeter } from './request-meter.ts';

/** A poll whose turn is so near waits for it where it is. */
const NEAR_MS = 1000;

interface PaceDeps {
  readonly budget: BudgetLedger;
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

  /** How long a create had better wait before it is admitted; no turn is taken. */
  async aheadMs(): Promise<number> {
    if (!this.#isLimited) return 0;
    const turn = await this.#deps.budget.look();
    this.#isLimited = turn.isLimited;
    return turn.waitMs;
  }

  /** Counts a request that does not wait: those that come after it do. */
  async pay(): Promise<void> {
    this.#meter.count(this.#deps.clock.monotonic());
    if (!this.#isLimited) return;
    // A turn that cannot be written down is no reason to lose an answer.
    await this.#deps.budget.take(Number.MAX_SAFE_INTEGER).catch(() => undefined);
  }

  /** The cloud said "too many requests": again and again within a minute, all workers slow down. */
  async throttled(): Promise<void> {
    const { budget, clock, log, workers } = this.#deps;
    const now = clock.monotonic();
    this.#meter.countThrottled(now);
    if (!this.#meter.isTooFast(now)) return;
    const seenRate = this.#meter.peak(now) * Math.max(1, await workers());
    const rate = await budget.lower(seenRate);
    if (rate === undefined) return;
    this.#isLimited = true;
    log.warn({ requestsASecond: rate }, 'throttled repeatedly: all workers share a lower rate');
  }

  /** Finds out whether another worker was throttled. */
  async refresh(): Promise<void> {
    this.#isLimited = (await this.#deps.budget.look()).isLimited;
  }
}

/** IMS where every request but the poll of a job, which asks before, is paid for. */
export function paidIms(ims: ImsClient, pace: Pick<RequestPace, 'pay'>): ImsClient {
  const paid =
    <Args extends readonly unknown[], Answer>(call: (...args: Args) => Promise<Answer>) =>
    async (...args: Args): Promise<Answer> => {
      await pace.pay();
      return call(...args);
    };
  return {
    job: (jobId) => ims.job(jobId),
    image: paid((imageId: string) => ims.image(imageId)),
    images: paid((filter) => ims.images(filter)),
    quota: paid(() => ims.quota()),
    // Nothing is awaited between an intent's deadline and its POST but what must be.
    submit: (call) => {
      void pace.pay();
      return ims.submit(call);
    },
  };
}
