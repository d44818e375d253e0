import { noteSecret } from '../errors/known-secrets.ts';
import { secretFault, unlessEmpty, withoutBlanks, withoutLineEnds } from './clean-value.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Reads variables one by one and collects every problem instead of stopping at the first. */
export class EnvReader {
  readonly #env: Env;
  readonly issues: string[] = [];

  constructor(env: Env) {
    this.#env = env;
  }

  /** Unset and empty are the same. */
  text(name: string): string | undefined {
    return unlessEmpty(withoutBlanks(this.#env[name] ?? ''));
  }

  /** A password, to the letter but for line breaks at its ends; one within is refused, and not repeated. */
  secret(name: string): string | undefined {
    const value = withoutLineEnds(this.#env[name] ?? '');
    if (value === '') return undefined;
    const fault = secretFault(value);
    if (fault !== undefined) this.issues.push(`${name} ${fault}`);
    noteSecret(value);
    return value;
  }

  required(name: string): string {
    const value = this.text(name);
    if (value === undefined) this.issues.push(`${name} is not set`);
    return value ?? '';
  }

  whole(name: string, range: { default: number; min: number; max: number }): number {
    const value = this.text(name);
    if (value === undefined) return range.default;
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= range.min && number <= range.max) return number;
    const allowed = `a whole number from ${range.min} to ${range.max}`;
    this.issues.push(`${name} is ${JSON.stringify(value)}; allowed is ${allowed}`);
    return range.default;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = allowed.find((word) => word === value);
    if (found !== undefined) return found;
    this.issues.push(`${name} is ${JSON.stringify(value)}; allowed is ${allowed.join(', ')}`);
    return fallback;
  }

  flag(name: string, fallback: '0' | '1' = '0'): boolean {
    return this.oneOf(name, ['0', '1', 'true', 'false'], fallback).match(/^(1|true)$/) !== null;
  }
}
