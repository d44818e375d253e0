import type { Clock } from '../../shared/runtime/clock.ts';
import type { Random } from '../../shared/runtime/random.ts';

export type Scope = 'project' | 'domain' | 'none';

/** What is known of a token. */
export interface IssuedToken {
  readonly issuedAt: number;
  readonly until: number;
  readonly scope: Scope;
}

/** Tokens that were issued, and logins that failed. */
export class Accounts {
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #tokens = new Map<string, IssuedToken>();
  /** Every token ever issued, for who looks for leaks. */
  readonly issued: string[] = [];
  #failed = 0;
  #lastFailure = 0;

  constructor(clock: Clock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  /** A long opaque text, as the wire has it. */
  issue(until: number, scope: Scope): string {
    this.#failed = 0;
    const token = `MII${this.#random.id(1536)}`;
    this.issued.push(token);
    this.#tokens.set(token, { issuedAt: this.#clock.now(), until, scope });
    return token;
  }

  /** `undefined` for a token that is not known, was revoked or has expired. */
  tokenOf(token: unknown): IssuedToken | undefined {
    const known = typeof token === 'string' ? this.#tokens.get(token) : undefined;
    return known && this.#clock.now() < known.until ? known : undefined;
  }

  revokeAll(): void {
    this.#tokens.clear();
  }

  refuse(): void {
    this.#failed += 1;
    this.#lastFailure = this.#clock.now();
  }

  isLocked(lockAfter: number, lockMs: number): boolean {
    if (this.#failed > 0 && this.#clock.now() - this.#lastFailure >= lockMs) this.#failed = 0;
    return this.#failed >= lockAfter;
  }
}
