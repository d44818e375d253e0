import { noteSecret } from '../errors/known-secrets.ts';
import { defaultOf } from './settings.ts';
import {
  parseDuration,
  secretFault,
  unlessEmpty,
  withoutBlanks,
  withoutLineEnds,
} from './values.ts';

export type Env = Readonly<Record<string, string | undefined>>;

/** Reads environment variables and collects every problem instead of stopping at the first. */
export class EnvReader {
  readonly #env: Env;
  readonly issues: string[] = [];

  constructor(env: Env) {
    this.#env = env;
  }

  /** An empty variable counts as unset. */
  text(name: string): string | undefined {
    return unlessEmpty(withoutBlanks(this.#env[name] ?? ''));
  }

  /** Names of variables that begin like this. */
  names(start: string): readonly string[] {
    return Object.keys(this.#env).filter((name) => name.startsWith(start));
  }

  /** A password. Line breaks at its ends are dropped; one within it is an error. */
  secret(name: string): string | undefined {
    const value = withoutLineEnds(this.#env[name] ?? '');
    if (value === '') return undefined;
    const fault = secretFault(value);
    if (fault !== undefined) this.issues.push(`${name} ${fault}`);
    noteSecret(value);
    return value;
  }

  /** The default is that of the list of settings. */
  integer(name: string, min: number, max: number): number {
    const value = this.text(name) ?? defaultOf(name);
    const number = Number(value);
    if (/^\d+$/.test(value) && number >= min && number <= max) return number;
    this.#refuse(name, value, `a whole number from ${min} to ${max}`);
    return Number(defaultOf(name));
  }

  /** In milliseconds. */
  duration(name: string, mostDays: number): number | undefined {
    const value = this.text(name);
    const ms = value === undefined ? undefined : parseDuration(value);
    if (value !== undefined && (ms === undefined || ms > mostDays * 86_400_000)) {
      this.#refuse(name, value, `a duration such as 12h or 30d, at most ${mostDays}d`);
    }
    return ms;
  }

  oneOf<T extends string>(name: string, allowed: readonly T[], fallback: T): T {
    const value = this.text(name);
    if (value === undefined) return fallback;
    const found = allowed.find((word) => word === value);
    if (found === undefined) this.#refuse(name, value, `one of ${allowed.join(', ')}`);
    return found ?? fallback;
  }

  flag(name: string, fallback: '0' | '1' = '0'): boolean {
    return this.oneOf(name, ['0', '1', 'true', 'false'], fallback).match(/^(1|true)$/) !== null;
  }

  #refuse(name: string, value: string, expected: string): void {
    this.issues.push(`${name} is ${JSON.stringify(value)}; expected ${expected}`);
  }
}
