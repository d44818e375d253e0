import { addressFault, controlFault, keyFault, secretFault } from '../clean-value.ts';
import { isLoopback } from '../loopback.ts';
import { FIELD_NAMES, type Field, namesOf } from './fields.ts';
import type { Given, Resolved } from './resolve-fields.ts';

/** Reads the fields of one cloud and collects every problem instead of stopping at the first. */
export class CloudReader {
  readonly issues: string[] = [];
  /** The cloud's name, when it comes from clouds.yaml. */
  readonly cloud: string | undefined;
  readonly allowHttp: boolean;
  readonly #resolved: Resolved;

  constructor(resolved: Resolved, about: { cloud?: string | undefined; allowHttp: boolean }) {
    this.#resolved = resolved;
    this.cloud = about.cloud;
    this.allowHttp = about.allowHttp;
    for (const field of FIELD_NAMES) {
      const value = this.text(field);
      const fault = value === undefined ? undefined : faultOf(field, value);
      if (fault !== undefined) this.refuse(field, fault);
    }
  }

  given(field: Field): Given | undefined {
    return this.#resolved.get(field);
  }

  text(field: Field): string | undefined {
    return this.#resolved.get(field)?.value;
  }

  /** What to call a field to who has to mend it: where it was said, else where it can be said. */
  nameOf(field: Field): string {
    const given = this.#resolved.get(field);
    if (given) return given.source;
    const { env, file } = namesOf(field);
    if (this.cloud !== undefined && file[0] !== undefined)
      return `${file[0]} of cloud ${this.cloud}`;
    return env[0] ?? file[0] ?? field;
  }

  /** Reports a field that has to be there, with another one that would do as well. */
  missing(field: Field, or?: Field): void {
    const other = or === undefined ? '' : ` (or ${this.nameOf(or)})`;
    this.issues.push(`${this.nameOf(field)}${other} is not set`);
  }

  /** Reports a value that is no use; it is repeated only where it cannot be a secret. */
  refuse(field: Field, why: string): void {
    this.issues.push(`${this.nameOf(field)} ${why}`);
  }

  oneOf<T extends string>(field: Field, allowed: Readonly<Record<string, T>>, fallback: T): T {
    const value = this.text(field);
    if (value === undefined) return fallback;
    const found = Object.hasOwn(allowed, value) ? allowed[value] : undefined;
    if (found !== undefined) return found;
    const words = Object.keys(allowed).join(', ');
    this.refuse(field, `is ${JSON.stringify(value)}; allowed is ${words}`);
    return fallback;
  }

  /** A URL without user, query and slash at its end; plain http only where that is allowed. */
  endpoint(field: Field): string | undefined {
    const value = this.text(field);
    if (value === undefined) return undefined;
    const fault = endpointFault(value, this.allowHttp);
    if (fault !== undefined) this.refuse(field, fault);
    return value.replace(/(?<!\/)\/+$/, '');
  }
}

/** What no value of this field can hold, and a request could not be built of. */
function faultOf(field: Field, value: string): string | undefined {
  if (field === 'projectId') return keyFault(value);
  switch (namesOf(field).secret) {
    case 'key':
      return keyFault(value);
    case 'password':
      return secretFault(value);
    case 'command':
      return undefined;
    default:
      return controlFault(value);
  }
}

/** What is wrong with the URL of a service; it is not repeated, for it may hold a password. */
export function endpointFault(value: string, allowHttp: boolean): string | undefined {
  const fault = addressFault(value);
  if (fault !== undefined) return fault;
  const url = URL.canParse(value) ? new URL(value) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    return 'is no URL; allowed is https://host';
  }
  if (url.username !== '' || url.password !== '') {
    return 'holds a user or password; leave them out';
  }
  if (url.search !== '' || url.hash !== '') return 'holds a ? or #; leave out what follows';
  if (url.protocol === 'http:' && !isLoopback(url.hostname) && !allowHttp) {
    return 'is plain http; allowed is https (http on loopback only)';
  }
  return undefined;
}
