import { noteSecret } from '../../errors/known-secrets.ts';
import type { Env } from '../env-reader.ts';
import {
  controlFault,
  endpointFault,
  keyFault,
  secretFault,
  unlessEmpty,
  withoutBlanks,
  withoutLineEnds,
} from '../values.ts';
import type { DomainRef } from './cloud-config.ts';
import { FIELD_NAMES, FIELDS, type Field, GROUPS } from './fields.ts';

/** A value, and where it was set. */
export interface Given {
  readonly value: string;
  /** `OS_USERNAME`, or `auth.username in clouds.yaml`. */
  readonly source: string;
}

/** A part of a configuration file that holds fields of one cloud. */
export interface Layer {
  /** The file, or the profile. */
  readonly from: string;
  readonly values: unknown;
}

export type Resolved = ReadonlyMap<Field, Given>;

/** Every field that is set: the environment first, then the layers in their order. */
export function resolveFields(env: Env, layers: readonly Layer[]): Resolved {
  const found = new Map<Field, Given>();
  for (const field of FIELD_NAMES) {
    const given = fromEnv(env, field);
    if (given) found.set(field, given);
  }
  const decided = new Set(GROUPS.filter((group) => group.some((field) => found.has(field))).flat());
  for (const field of FIELD_NAMES) {
    if (found.has(field) || decided.has(field)) continue;
    const given = fromLayers(layers, field);
    if (given) found.set(field, given);
  }
  return found;
}

function fromEnv(env: Env, field: Field): Given | undefined {
  for (const name of FIELDS[field].env) {
    const value = clean(env[name], field);
    if (value !== undefined) return { value, source: name };
  }
  return undefined;
}

function fromLayers(layers: readonly Layer[], field: Field): Given | undefined {
  for (const { from, values } of layers) {
    for (const path of FIELDS[field].file) {
      const found = at(values, path.split('.'));
      const value = typeof found === 'string' ? clean(found, field) : undefined;
      if (value !== undefined) return { value, source: `${path} in ${from}` };
    }
  }
  return undefined;
}

/** An empty value counts as unset. A password may begin or end with a blank. */
function clean(value: string | undefined, field: Field): string | undefined {
  if (value === undefined) return undefined;
  const { secret } = FIELDS[field];
  const cleaned = secret === 'password' ? withoutLineEnds(value) : withoutBlanks(value);
  if (secret !== undefined) noteSecret(cleaned);
  return unlessEmpty(cleaned);
}

/** The value at a path of names; `undefined` where the path leads nowhere. */
export function at(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Readonly<Record<string, unknown>>)[name]
        : undefined,
    values,
  );
}

/** Things that have an id and a name. */
type Named = `${'user' | 'default' | 'project' | 'agency'}Domain` | 'project' | 'agencyProject';

/** Reads the fields of one cloud and collects every problem instead of stopping at the first. */
export class CloudReader {
  readonly issues: string[] = [];
  /** What is written in a file and nobody reads, although it looks meant. */
  readonly misspelt: readonly string[];
  /** The cloud's name, when it comes from clouds.yaml. */
  readonly cloud: string | undefined;
  readonly #allowHttp: boolean;
  readonly #resolved: Resolved;

  constructor(
    resolved: Resolved,
    about: { cloud?: string | undefined; allowHttp: boolean; misspelt?: readonly string[] },
  ) {
    this.#resolved = resolved;
    this.misspelt = about.misspelt ?? [];
    this.cloud = about.cloud;
    this.#allowHttp = about.allowHttp;
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

  /** By id where one is set, else by name. */
  ref(thing: Named): DomainRef | undefined {
    const id = this.text(`${thing}Id`);
    const name = this.text(`${thing}Name`);
    if (id !== undefined) return { id };
    return name === undefined ? undefined : { name };
  }

  /** What messages call a field: where it was set, else where it can be set. */
  nameOf(field: Field): string {
    const given = this.#resolved.get(field);
    if (given) return given.source;
    const { env, file } = FIELDS[field];
    const inFile = this.cloud === undefined ? undefined : file[0];
    if (inFile !== undefined) return `${inFile} of cloud ${this.cloud}`;
    return env[0] ?? file[0] ?? field;
  }

  /** The value of a field that must be set; reports it when it is not. */
  required(field: Field): string {
    const value = this.text(field);
    if (value === undefined) this.missing(field);
    return value ?? '';
  }

  /** Reports a field that is not set, with another one that would do as well. */
  missing(field: Field, or?: Field): void {
    const other = or === undefined ? '' : ` (or ${this.nameOf(or)})`;
    this.issues.push(`${this.nameOf(field)}${other} is not set`);
  }

  /** Reports an unusable value. `why` repeats it only where it cannot be a secret. */
  refuse(field: Field, why: string): void {
    this.issues.push(`${this.nameOf(field)} ${why}`);
  }

  /** @param allowed what each word means */
  oneOf<T extends string>(field: Field, allowed: Readonly<Record<string, T>>, fallback: T): T {
    const value = this.text(field);
    if (value === undefined) return fallback;
    const found = Object.hasOwn(allowed, value) ? allowed[value] : undefined;
    if (found !== undefined) return found;
    const words = Object.keys(allowed).join(', ');
    this.refuse(field, `is ${JSON.stringify(value)}; expected one of ${words}`);
    return fallback;
  }

  /** A URL without user, query and trailing slash; plain http only where that is allowed. */
  endpoint(field: Field): string | undefined {
    const value = this.text(field);
    if (value === undefined) return undefined;
    const fault = endpointFault(value, this.#allowHttp);
    if (fault !== undefined) this.refuse(field, fault);
    return value.replace(/(?<!\/)\/+$/, '');
  }
}

/** Values that could never become part of a request. */
function faultOf(field: Field, value: string): string | undefined {
  if (field === 'projectId') return keyFault(value);
  switch (FIELDS[field].secret) {
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
