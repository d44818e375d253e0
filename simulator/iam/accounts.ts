import type { Clock } from '../../src/shared/runtime/clock.ts';
import type { Random } from '../../src/shared/runtime/random.ts';
import type { Session } from './session.ts';

/** How many failures lock an account or a key, and for how long. */
interface LockRule {
  readonly after: number;
  readonly ms: number;
}

/** Consecutive failures of an account or key. */
export class Failures {
  readonly #clock: Clock;
  #count = 0;
  #last = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(): void {
    this.#count += 1;
    this.#last = this.#clock.now();
  }

  clear(): void {
    this.#count = 0;
  }

  isLocked({ after, ms }: LockRule): boolean {
    if (this.#count > 0 && this.#clock.now() - this.#last >= ms) this.#count = 0;
    return this.#count >= after;
  }
}

/** Tokens that were issued, and logins and signatures that failed. */
export class Accounts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #sessions = new Map<string, Session>();
  readonly #keys = new Map<string, Failures>();
  /** Every token ever issued, to search for leaks. */
  readonly issued: string[] = [];
  readonly logins: Failures;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
    this.logins = new Failures(clock);
  }

  /** A long opaque text, as in a real cloud. */
  issue(session: Session): string {
    const token = `MII${this.#random.id(1536)}`;
    this.issued.push(token);
    this.#sessions.set(token, session);
    return token;
  }

  /** The session of a token that has not expired. */
  session(token: unknown): Session | undefined {
    const found = typeof token === 'string' ? this.#sessions.get(token) : undefined;
    return found && this.#clock.now() < found.expiresAt ? found : undefined;
  }

  /** Every token that has not expired. */
  toKeep(): readonly (readonly [string, Session])[] {
    const now = this.#clock.now();
    return [...this.#sessions].filter(([, { expiresAt }]) => now < expiresAt);
  }

  restore(tokens: readonly (readonly [string, Session])[]): void {
    for (const [token, session] of tokens) this.#sessions.set(token, session);
    this.issued.push(...tokens.map(([token]) => token));
  }

  revokeAll(): void {
    this.#sessions.clear();
  }

  /** Wrong signatures made with an access key. */
  key(accessKey: string): Failures {
    const found = this.#keys.get(accessKey) ?? new Failures(this.#clock);
    this.#keys.set(accessKey, found);
    return found;
  }
}
