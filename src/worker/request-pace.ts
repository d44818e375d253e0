import type { ProjectStore } from '../shared/ledger/project-store.ts';
import type { RateLimit } from '../shared/ledger/rate-limit.ts';
import type { Logger } from '../shared/log/logger.ts';
import type { Clock } from '../shared/runtime/clock.ts';
import type { Random } from '../shared/runtime/random.ts';

/** A poll waits for its turn where it is when the turn is this near. */
const NEAR_MS = 1000;
/** No other read waits longer: a rate that is too low must not keep a worker from stopping. */
const LONGEST_MS = 3000;

interface PaceDeps {
  readonly budget: RateLimit;
  readonly clock: Pick<Clock, 'monotonic' | 'sleep'>;
  readonly log: Logger;
  /** How many workers share the rate. */
  readonly workers: () => Promise<number>;
}

/**
 * The requests of this worker among those of the fleet. While the cloud throttles nothing it costs nothing;
 * after repeated 429s every request takes its turn in a rate that all workers share.
 */
export class RequestPace {
  readonly #deps: PaceDeps;
  readonly #meter = new RequestMeter();
  #isLimited = false;
  #throttled = 0;
  #loggedRate = Number.POSITIVE_INFINITY;

  constructor(deps: PaceDeps) {
    this.#deps = deps;
  }

  /** Acquires a turn for a poll: 0 when it may leave now, else milliseconds to come back after. */
  async tryAcquire(): Promise<number> {
    if (this.#isLimited) {
      const turn = await this.#deps.budget.take(NEAR_MS);
      this.#isLimited = turn.isLimited;
      if (!turn.isTaken) return turn.waitMs;
      await this.#deps.clock.sleep(turn.waitMs);
    }
    this.#meter.count(this.#deps.clock.monotonic());
    return 0;
  }

  /** Acquires a turn for a read that others wait for, and waits until it comes. */
  async acquire(): Promise<void> {
    const waitMs = Math.min(LONGEST_MS, await this.#next());
    if (waitMs > 0) await this.#deps.clock.sleep(waitMs);
    this.#meter.count(this.#deps.clock.monotonic());
  }

  /** How long a create should wait before it is admitted; no turn is taken. */
  async aheadMs(): Promise<number> {
    if (!this.#isLimited) return 0;
    const turn = await this.#deps.budget.peek();
    this.#isLimited = turn.isLimited;
    return turn.waitMs;
  }

  /** Counts a request that does not wait: those that come after it do. */
  async record(): Promise<void> {
    this.#meter.count(this.#deps.clock.monotonic());
    await this.#next();
  }

  /** Takes the next turn, however far; returns the milliseconds until then. */
  async #next(): Promise<number> {
    if (!this.#isLimited) return 0;
    // A turn that cannot be written down is no reason to lose an answer.
    return this.#deps.budget.next().catch(() => 0);
  }

  /** `sentAt`: by the monotonic clock. */
  answered(sentAt: number, isThrottled: boolean): void {
    if (isThrottled) this.#throttled += 1;
    this.#meter.countAnswer(sentAt, isThrottled ? 'throttled' : 'passed');
  }

  /** How many answers were 429 since this was called last. */
  takeThrottled(): number {
    const count = this.#throttled;
    this.#throttled = 0;
    return count;
  }

  /** The cloud answered "too many requests": again and again within a minute, all workers slow down. */
  async throttled(): Promise<void> {
    const { budget, clock, log, workers } = this.#deps;
    const now = clock.monotonic();
    if (!this.#meter.isTooFast(now)) return;
    const rate = await budget.lower(this.#meter.allowed(now) * Math.max(1, await workers()));
    if (rate === undefined) return;
    this.#isLimited = true;
    if (rate >= this.#loggedRate) return;
    this.#loggedRate = rate;
    log.warn({ requestsASecond: rate }, 'throttled repeatedly: all workers share a lower rate');
  }

  /** Finds out whether another worker was throttled. */
  async refresh(): Promise<void> {
    this.#isLimited = (await this.#deps.budget.peek()).isLimited;
  }
}

const PEAK_SECONDS = 10;
const KEPT_SECONDS = 30;
/** Fewer 429s than this among the requests are met by a pause alone. */
const TOLERATED_SHARE = 0.1;
const TOLERATED = 1;

/** The requests of this process in the last half minute, and how many of them were throttled. */
export class RequestMeter {
  /** By the second in which they left. */
  readonly #seconds = new Map<number, { calls: number; throttled: number; passed: number }>();

  count(nowMs: number): void {
    this.#at(nowMs).calls += 1;
  }

  countAnswer(sentMs: number, is: 'throttled' | 'passed'): void {
    this.#at(sentMs)[is] += 1;
  }

  /**
   * Requests that the cloud let through in the best second of the last ten, which is what it allows. Where it
   * let nothing through: those that were made in the busiest. At least 1.
   */
  allowed(nowMs: number): number {
    const recent = this.#since(nowMs, PEAK_SECONDS);
    const passed = Math.max(0, ...recent.map((second) => second.passed));
    return Math.max(1, passed || Math.max(0, ...recent.map(({ calls }) => calls)));
  }

  /** True when so much was throttled that it cannot be chance. */
  isTooFast(nowMs: number): boolean {
    let [calls, throttled] = [0, 0];
    for (const second of this.#since(nowMs, KEPT_SECONDS)) {
      calls += second.calls;
      throttled += second.throttled;
    }
    return throttled > TOLERATED && throttled >= TOLERATED_SHARE * calls;
  }

  #since(nowMs: number, seconds: number) {
    const oldest = Math.floor(nowMs / 1000) - seconds;
    return [...this.#seconds].filter(([second]) => second > oldest).map(([, is]) => is);
  }

  #at(nowMs: number) {
    const second = Math.floor(nowMs / 1000);
    const known = this.#seconds.get(second);
    if (known) return known;
    for (const old of this.#seconds.keys()) {
      if (old > second - KEPT_SECONDS) break;
      this.#seconds.delete(old);
    }
    const started = { calls: 0, throttled: 0, passed: 0 };
    this.#seconds.set(second, started);
    return started;
  }
}

export const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;

/** The pause after the nth throttled call in a row, in milliseconds. */
export function throttlePauseMs(nth: number, retryAfterMs: number | undefined): number {
  const growing = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** Math.min(nth - 1, 10));
  return retryAfterMs === undefined ? growing : Math.max(retryAfterMs, nth > 3 ? growing : 0);
}

export type CallKind = 'submit' | 'read';

interface CoolDownDeps {
  readonly pace: RequestPace;
  readonly project: ProjectStore;
  readonly log: Logger;
  readonly random: Random;
}

/**
 * A call was throttled: its whole class of calls pauses, for every worker. Returns the delay for the import
 * that met it. Calls of the same wave pause once; each of them counts when the rate is judged.
 */
export async function slowDown(
  { pace, project, log, random }: CoolDownDeps,
  kind: CallKind,
  retryAfterMs: number | undefined,
): Promise<number> {
  await pace.throttled();
  if (!(await project.claimCoolDown(kind, FIRST_PAUSE_MS))) {
    return Math.max(FIRST_PAUSE_MS, await project.coolingMs(kind));
  }
  const pauseMs = throttlePauseMs(await project.countThrottle(kind), retryAfterMs);
  await project.coolDown(kind, pauseMs);
  log.warn({ calls: kind, pauseMs }, 'throttled by the cloud, all workers pause');
  return pauseMs * (1 + 0.2 * random.next());
}

/**
 * Calls of this kind are refused for a reason other than their number: the class of calls pauses for every
 * worker, longer each time in a row, and the rate stays.
 */
export async function easeOff(
  { project, random }: Pick<CoolDownDeps, 'project' | 'random'>,
  kind: CallKind,
): Promise<number> {
  if (await project.claimCoolDown(kind, FIRST_PAUSE_MS)) {
    const pauseMs = throttlePauseMs(await project.countThrottle(kind), undefined);
    await project.coolDown(kind, Math.min(LONGEST_PAUSE_MS / 2, pauseMs));
  }
  const coolingMs = await project.coolingMs(kind);
  return Math.max(FIRST_PAUSE_MS, coolingMs) * (1 + 0.2 * random.next());
}
