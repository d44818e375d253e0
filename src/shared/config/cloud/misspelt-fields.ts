import { distance } from '../../text/distance.ts';
import { at, type Layer } from './cloud-reader.ts';
import { mapping } from './clouds-files.ts';
import { FIELD_NAMES, FIELDS } from './fields.ts';

const PATHS = FIELD_NAMES.flatMap((field) => FIELDS[field].file);

/**
 * Fields of an entry that nobody reads, and that are all but the name of one: `region` or `regon_name`.
 * Other fields are those of other tools. Names them, never quotes a value.
 */
export function misspeltFields({ from, values }: Layer): readonly string[] {
  const below = keysOf(at(values, ['auth'])).map((key) => `auth.${key}`);
  return [...keysOf(values), ...below].flatMap((path) => {
    if (path === 'auth' || PATHS.includes(path)) return [];
    const meant = PATHS.find((known) => known.startsWith(`${path}_`)) ?? nearest(path);
    return meant === undefined
      ? []
      : [`${path} in ${from} is not a field that is read; did you mean ${meant}?`];
  });
}

function nearest(path: string): string | undefined {
  const most = path.replace('auth.', '').length < 8 ? 1 : 2;
  const [best] = PATHS.map((known) => ({ known, far: distance(path, known) })).sort(
    (one, other) => one.far - other.far,
  );
  return best !== undefined && best.far <= most ? best.known : undefined;
}

function keysOf(values: unknown): readonly string[] {
  return Object.keys(mapping(values) ?? {});
}
