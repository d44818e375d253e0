import { fieldName, type IssueInFile, type Path, type PlaceOf } from '../manifest/issue.ts';
import { BASENAME } from '../manifest/pattern-image.ts';
import { isMapping } from './canonical-image.ts';
import { typedText } from './typed-text.ts';

/** Values by name. */
export type Variables = Readonly<Record<string, string>>;

export const VARIABLE = /\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g;

type Filled =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly faults: readonly IssueInFile[] };

/**
 * The value of a file with each `${NAME}` in its texts replaced, once: what a variable contains is never
 * read as YAML nor for further variables.
 */
export function fillVariables(
  { value, placeOf }: { readonly value: unknown; readonly placeOf: PlaceOf },
  variables: Variables,
): Filled {
  const faults: IssueInFile[] = [];
  const unset = (path: Path, name: string): void => {
    const message = `uses \${${name}}, which has no value; use --var ${name}=VALUE or --var-from-env ${name}`;
    faults.push({ ...placeOf(path), field: fieldName(path), message });
  };
  const tooLong = (path: Path): void => {
    const message = `variables make the manifest too long; the limit is ${MAX_FILLED} characters of values`;
    faults.push({ ...placeOf(path), field: fieldName(path), message });
  };
  const filled = fill(value, [], { variables, unset, tooLong, length: 0 });
  return faults.length > 0 ? { ok: false, faults } : { ok: true, value: filled };
}

/** As long as the longest manifest. */
const MAX_FILLED = 64_000_000;

interface Filling {
  readonly variables: Variables;
  readonly unset: (path: Path, name: string) => void;
  readonly tooLong: (path: Path) => void;
  /** Of all values that were filled in: a short text may have many variables. */
  length: number;
}

function fill(value: unknown, path: Path, filling: Filling): unknown {
  if (typeof value === 'string') return fillText(value, path, filling);
  if (Array.isArray(value)) {
    return value.map((item: unknown, index) => fill(item, [...path, index], filling));
  }
  if (!isMapping(value)) return value;
  const fields = Object.entries(value).map(([key, item]) => {
    // What is kept there for anchors counts where it is used.
    const isIgnored = path.length === 0 && key.startsWith('x-');
    return [key, isIgnored ? item : fill(item, [...path, key], filling)];
  });
  return Object.fromEntries(fields);
}

function fillText(text: string, path: Path, filling: Filling): unknown {
  const { variables, unset, tooLong } = filling;
  if (!text.includes('${') || filling.length > MAX_FILLED) return text;
  let hasVariable = false;
  const filled = text.replace(VARIABLE, (written, name: string) => {
    if (written === BASENAME) return written;
    hasVariable = true;
    const value = Object.hasOwn(variables, name) ? variables[name] : undefined;
    if (value === undefined) unset(path, name);
    filling.length += value?.length ?? 0;
    return filling.length > MAX_FILLED ? written : (value ?? written);
  });
  if (filling.length > MAX_FILLED) tooLong(path);
  return hasVariable ? typedText(path.at(-1), filled) : text;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;
const SECRET_NAME =
  /pass(?:word|wd|phrase|code)?$|secret|token|credential|(?:access|api|private)_?key|(?:^|_)[as]k$/i;
/** JWT, PEM, AK, user and password, a signature, and long random text such as an SK. */
const SECRET_VALUES = [
  /^eyJ[\w-]+\.|-----BEGIN|:\/\/[^/]*@|\?[^?]*=/,
  /^(?=[A-Z0-9]*[A-Z])(?=[A-Z0-9]*\d)[A-Z0-9]{20}$/,
  /^(?=[^A-Z]*[A-Z])(?=[^a-z]*[a-z])(?=\D*\d)[A-Za-z0-9+/=_-]{32,}$/,
];
const MAX_LENGTH = 1024;

/** What is wrong with a variable. The message never repeats its value. */
export function variableFault(name: string, value: string): string | undefined {
  if (!NAME.test(name)) return 'is not a name; use letters, digits and _';
  if (name === 'basename') return 'is the name of the file in a pattern; choose another name';
  if (SECRET_NAME.test(name) || SECRET_VALUES.some((shape) => shape.test(value))) {
    return 'looks like a secret, which never belongs in a manifest: it would be in Redis, IMS and reports';
  }
  if (value.length > MAX_LENGTH)
    return `has ${value.length} characters; the limit is ${MAX_LENGTH}`;
  return /[\p{Cc}\u2028\u2029]/u.test(value)
    ? 'contains a line break or another control character'
    : undefined;
}
