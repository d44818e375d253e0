export interface Spread {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
}

export const FAULTS = [
  'worker killed',
  'worker frozen',
  'Redis killed',
  'power cut',
  'clock step',
] as const;
export type Fault = (typeof FAULTS)[number];

/** A fault that is over, and when work resumed after it. */
interface Ended {
  readonly fault: Fault;
  readonly what: string;
  readonly at: number;
  movedAt?: number;
  createdAt?: number;
}

/** No progress for longer than the limit. */
interface Standstill {
  readonly what: string;
  /** The line with which the product explains it; a standstill without one is a failure. */
  readonly reason: string | undefined;
}

export interface RecoveryFigures {
  readonly limitMs: number;
  /** From the end of a fault to the next change of an import, and to the next create. */
  readonly after: Readonly<Partial<Record<Fault, Recovered>>>;
  readonly standstills: readonly Standstill[];
}

interface Recovered {
  readonly faults: number;
  readonly moved: Spread;
  /** Fewer than `moved` where no image was left to be created. */
  readonly created: Spread;
}

/** Measures how long it takes after each fault until work resumes. */
export class Recovery {
  readonly #limitMs: number;
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #faults: Ended[] = [];
  readonly #standstills: Standstill[] = [];
  #waiting: Ended[] = [];
  #movedAt: number;
  #createdAt: number;
  /** The last progress before the standstill that was reported. */
  #reported: number | undefined;

  constructor(limitMs: number, say: (line: string) => void, now = () => performance.now()) {
    this.#limitMs = limitMs;
    this.#say = say;
    this.#now = now;
    this.#startedAt = now();
    this.#movedAt = this.#startedAt;
    this.#createdAt = this.#startedAt;
  }

  ended(fault: Fault, what: string): void {
    const ended: Ended = { fault, what, at: this.#now() };
    this.#faults.push(ended);
    this.#waiting.push(ended);
  }

  /** A living worker has changed an import. */
  moved(): void {
    this.#movedAt = this.#now();
    for (const fault of this.#waiting) fault.movedAt ??= this.#movedAt;
    this.#report();
  }

  /** The cloud has accepted a create. */
  created(): void {
    this.#createdAt = this.#now();
    for (const fault of this.#waiting) fault.createdAt ??= this.#createdAt;
    this.#report();
  }

  #report(): void {
    const isOver = ({ movedAt, createdAt }: Ended) =>
      movedAt !== undefined && createdAt !== undefined;
    for (const fault of this.#waiting.filter(isOver)) this.#say(this.#line(fault));
    this.#waiting = this.#waiting.filter((fault) => !isOver(fault));
  }

  #line({ fault, what, at, movedAt, createdAt }: Ended): string {
    const after = (then: number | undefined) =>
      then === undefined ? 'never' : `after ${((then - at) / 1000).toFixed(1)} s`;
    const time = ((at - this.#startedAt) / 1000).toFixed(1);
    return `${time} s: ${fault} (${what}): next move ${after(movedAt)}, next create ${after(createdAt)}`;
  }

  /** Checks for a standstill; called repeatedly. `toCreate`: how many images are still to be created. */
  async check(toCreate: number, why: () => Promise<string | undefined>): Promise<void> {
    const last = this.#faults.at(-1);
    const progress = toCreate > 0 ? this.#createdAt : this.#movedAt;
    const quietMs = this.#now() - Math.max(progress, last?.at ?? 0);
    if (this.#reported === progress || quietMs <= this.#limitMs) return;
    this.#reported = progress;
    const reason = await why();
    const kind = toCreate > 0 ? `no create, ${toCreate} images left` : 'no import moved';
    const seconds = Math.round(quietMs / 1000);
    const what = `${kind}, for ${seconds} s; last fault: ${last ? this.#line(last) : 'none'}`;
    this.#standstills.push({ what, reason });
    this.#say(`STANDSTILL ${what}: ${reason ?? 'no reason is reported'}`);
  }

  /** The run is over: no create will follow the last faults. */
  close(): void {
    for (const fault of this.#waiting) this.#say(this.#line(fault));
    this.#waiting = [];
  }

  figures(): RecoveryFigures {
    const after = FAULTS.flatMap((name) => {
      const ended = this.#faults.filter(({ fault }) => fault === name);
      if (ended.length === 0) return [];
      const spread = (then: (one: Ended) => number | undefined) =>
        spreadOf(
          ended.flatMap((one) => (then(one) === undefined ? [] : [(then(one) ?? 0) - one.at])),
        );
      const moved = spread(({ movedAt }) => movedAt);
      const created = spread(({ createdAt }) => createdAt);
      return [[name, { faults: ended.length, moved, created }] as const];
    });
    const standstills = this.#standstills;
    return { limitMs: this.#limitMs, after: Object.fromEntries(after), standstills };
  }
}

function spreadOf(times: readonly number[]): Spread {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}
