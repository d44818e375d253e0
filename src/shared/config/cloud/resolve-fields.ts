import { noteSecret } from '../../errors/known-secrets.ts';
import { unlessEmpty, withoutBlanks, withoutLineEnds } from '../clean-value.ts';
import type { Env } from '../env-reader.ts';
import { FIELD_NAMES, type Field, GROUPS, namesOf } from './fields.ts';

/** A value, and where it was said. */
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
  const said = new Map<Field, Given>();
  for (const field of FIELD_NAMES) {
    const given = fromEnv(env, field);
    if (given) said.set(field, given);
  }
  const settled = new Set(GROUPS.filter((group) => group.some((field) => said.has(field))).flat());
  for (const field of FIELD_NAMES) {
    if (said.has(field) || settled.has(field)) continue;
    const given = fromLayers(layers, field);
    if (given) said.set(field, given);
  }
  return said;
}

function fromEnv(env: Env, field: Field): Given | undefined {
  for (const name of namesOf(field).env) {
    const value = clean(env[name], field);
    if (value !== undefined) return { value, source: name };
  }
  return undefined;
}

function fromLayers(layers: readonly Layer[], field: Field): Given | undefined {
  for (const { from, values } of layers) {
    for (const path of namesOf(field).file) {
      const found = at(values, path.split('.'));
      const value = typeof found === 'string' ? clean(found, field) : undefined;
      if (value !== undefined) return { value, source: `${path} in ${from}` };
    }
  }
  return undefined;
}

/** Unset and empty are the same; a password may begin or end with a space. */
function clean(value: string | undefined, field: Field): string | undefined {
  if (value === undefined) return undefined;
  const { secret } = namesOf(field);
  const said = secret === 'password' ? withoutLineEnds(value) : withoutBlanks(value);
  if (secret !== undefined) noteSecret(said);
  return unlessEmpty(said);
}

/** What stands at a path of names; `undefined` where it does not lead anywhere. */
export function at(values: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, name) =>
      typeof value === 'object' && value !== null && Object.hasOwn(value, name)
        ? (value as Readonly<Record<string, unknown>>)[name]
        : undefined,
    values,
  );
}
