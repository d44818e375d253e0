export type Fault = 'worker killed' | 'worker frozen' | 'Redis killed' | 'power cut' | 'clock step';

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

/** Measures how long it takes after each fault until work resumes. */
export class Recovery {
  readonly #limitMs: number;
  readonly #say: (line: string) => void;
  readonly #now: () => number;
  readonly #startedAt: number;
  readonly #faults: Ended[] = [];
  readonly #standstills: Standstill[] = [];
  readonly #last: { movedAt: number; createdAt: number };
  #waiting: readonly Ended[] = [];
  /** The last progress before the standstill that was reported. */
  #reported: number | undefined;

  constructor(limitMs: number, say: (line: string) => void, now = () => performance.now()) {
    this.#limitMs = limitMs;
    this.#say = say;
    this.#now = now;
    this.#startedAt = now();
    this.#last = { movedAt: this.#startedAt, createdAt: this.#startedAt };
  }

  ended(fault: Fault, what: string): void {
    const ended: Ended = { fault, what, at: this.#now() };
    this.#faults.push(ended);
    this.#waiting = [...this.#waiting, ended];
  }

  /** A living worker has changed an import. */
  moved(): void {
    this.#resumed('movedAt');
  }

  /** The cloud has accepted a create. */
  created(): void {
    this.#resumed('createdAt');
  }

  #resumed(how: 'movedAt' | 'createdAt'): void {
    this.#last[how] = this.#now();
    for (const fault of this.#waiting) fault[how] ??= this.#last[how];
    this.#report(({ movedAt, createdAt }) => movedAt !== undefined && createdAt !== undefined);
  }

  #report(isOver: (fault: Ended) => boolean): void {
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
    const progress = toCreate > 0 ? this.#last.createdAt : this.#last.movedAt;
    const quietMs = this.#now() - Math.max(progress, last?.at ?? 0);
    if (this.#reported === progress || quietMs <= this.#limitMs) return;
    this.#reported = progress;
    const reason = await why();
    const kind = toCreate > 0 ? `no create, ${toCreate} images left` : 'no import moved';
    const seconds = Math.round(quietMs / 1000);
    const what = `${kind}, for ${seconds} s; last fault: ${last ? this.#line(last) : 'none'}`;
    this.#standstills.push({ what, reason });
    this.#say(standstillLine({ what, reason }));
  }

  /** The run is over: no create will follow the last faults. */
  close(): void {
    this.#report(() => true);
  }

  /** `after`: from the end of a fault to the next change of an import, and to the next create where there was one. */
  figures() {
    const after = [...Map.groupBy(this.#faults, ({ fault }) => fault)].map(([fault, ended]) => {
      const times = (how: 'movedAt' | 'createdAt') =>
        ended.map((one) => (one[how] ?? Number.NaN) - one.at).filter(Number.isFinite);
      const moved = spreadOf(times('movedAt'));
      return [fault, { moved, created: spreadOf(times('createdAt')) }] as const;
    });
    return { after: Object.fromEntries(after), standstills: this.#standstills };
  }
}

export function standstillLine({ what, reason }: Standstill): string {
  return `STANDSTILL ${what}: ${reason ?? 'no reason is reported'}`;
}

export type Spread = ReturnType<typeof spreadOf>;

function spreadOf(times: readonly number[]) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0);
  return { count: sorted.length, medianMs: at(0.5), p95Ms: at(0.95), maxMs: at(1) };
}
