import { LIMITS, WORDS } from '../../shared/image/image-fields.ts';
import { BOOLEAN_FIELDS, typedText } from '../spelling/typed-text.ts';
import { VARIABLE } from '../spelling/variables.ts';
import {
  explainDescription,
  explainName,
  explainPair,
  explainTag,
  explainUrl,
  nearest,
} from './explain-text.ts';
import {
  COPY_FIELDS,
  DATA_IMAGE_FIELDS,
  IMAGE_FIELDS,
  NEEDED_FIELDS,
  PAIR_FIELDS,
} from './image-schema.ts';
import { type Findings, type Path, show } from './issue.ts';
import { BASENAME } from './pattern-image.ts';
import { explainUnknownField } from './unknown-field.ts';

/** A zod issue, as far as it is used: its message is not shown. */
export interface SchemaIssue {
  readonly code: string;
  readonly path: readonly PropertyKey[];
  readonly keys?: readonly string[];
}

/** Reports every issue of a schema under `at.path`, in our own words. */
export function reportSchemaIssues(
  issues: readonly SchemaIssue[],
  value: unknown,
  at: { readonly path: Path; readonly findings: Findings },
): void {
  const reported = new Set<string>();
  for (const issue of issues) {
    const path = issue.path.filter((step) => typeof step !== 'symbol');
    const id = `${issue.code === 'unrecognized_keys'} ${path.join('.')}`;
    // A text that is too long also breaks the pattern: one message is enough.
    if (reported.has(id)) continue;
    reported.add(id);
    const full = [...at.path, ...path];
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys ?? []) {
        at.findings.error([...full, key], explainUnknownField(key, fieldsAt(path)), 'key');
      }
    } else {
      at.findings.error(full, explainValue(full, valueAt(value, path)));
    }
  }
}

function fieldsAt(path: Path): readonly string[] {
  if (path.includes('image_tags')) return PAIR_FIELDS;
  if (path.includes('copies')) return COPY_FIELDS;
  return path.includes('data_images') ? DATA_IMAGE_FIELDS : IMAGE_FIELDS;
}

function valueAt(value: unknown, path: Path): unknown {
  let at = value;
  for (const step of path) {
    if (at === null || typeof at !== 'object') return undefined;
    at = Object.getOwnPropertyDescriptor(at, step)?.value;
  }
  return at;
}

const NUMBERS: Readonly<Record<string, string>> = {
  min_disk: 'auto, or a whole number of GB from 1 to 1024 (data disks to 2048)',
  copy: `a whole number from 1 to ${LIMITS.copy}`,
  priority: `a whole number from 1 to ${LIMITS.priority}`,
  max_ram: 'a whole number of MB, 0 or more',
  min_ram: 'a whole number of MB, 0 or more',
  count: 'the number of images in the file',
};
const TEXTS: Readonly<Record<string, string>> = {
  name: '1 to 128 letters, digits, spaces and - . _, with no space at either end',
  bucket: 'the name of a bucket (3 to 63 of a-z 0-9 - and .)',
  image_url: 'bucket:key, such as "my-bucket:images/web.qcow2"',
  description: 'one line of at most 1024 characters without < and >',
  os_version: 'a name that IMS lists, such as "CentOS 7.6 64bit"',
  cmk_id: 'a UUID, such as "12345678-90ab-4cde-8f01-234567890abc"',
  enterprise_project_id: '"0" (in quotes) or a UUID',
  cloud: 'the name of an entry of clouds.yaml',
  agency: 'the name of an agency: letters, digits and . _ -',
  project: 'the name of a project, such as eu-nl_team',
  tag: '"key.value"',
  key: 'text of 1 to 128 characters',
  value: 'text of at most 255 characters',
  member: 'the id of a project: 32 hexadecimal digits',
};
/** Each list with its items. */
const LISTS: Readonly<Record<string, { readonly must: string; readonly item: string }>> = {
  tags: { must: 'a list of at most 19 tags "key.value"', item: 'tag' },
  image_tags: { must: 'a list of at most 19 tags {key, value}', item: 'pair' },
  copies: {
    must: `a list of at most ${LIMITS.copies} copies, such as [{cloud: otc-nl, agency: ims-copy}]`,
    item: 'copied',
  },
  data_images: { must: `a list of at most ${LIMITS.dataImages} data disks`, item: 'disk' },
  members: { must: `a list of at most ${LIMITS.members} project ids`, item: 'member' },
  accept_as: { must: 'the name of an entry of clouds.yaml, or a list of them', item: 'cloud' },
};
const MAPPINGS: Readonly<Record<string, string>> = {
  defaults: 'a mapping of image fields',
  pair: 'a mapping {key, value}',
  disk: 'a mapping with image_url and min_disk',
  copied: 'a mapping with cloud and agency, or with cmk_id',
};
const ENUMS: Readonly<Record<string, readonly string[]>> = WORDS;

function mustBe(field: string): string {
  if (BOOLEAN_FIELDS.includes(field)) return 'true or false';
  const words = ENUMS[field];
  const other = NUMBERS[field] ?? TEXTS[field] ?? LISTS[field]?.must ?? MAPPINGS[field];
  return words ? oneOf(words) : (other ?? 'another value');
}

function oneOf(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`;
}

/** What is wrong with the value at a path, and what it must be. */
export function explainValue(path: Path, value: unknown): string {
  const field = subject(path);
  const expected = mustBe(field);
  if (value === undefined) return `is missing; it must be ${expected}`;
  if (value === null) return explainNull(field, expected);
  if (Array.isArray(value) && LISTS[field]) return explainLength(path, value.length);
  if (typeof value === 'string') {
    return explainString(field, value) ?? `is ${show(value)}; it must be ${expected}`;
  }
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  if (isPlain && (TEXTS[field] || ENUMS[field])) {
    return `is ${show(value)}, not text: put it in quotes; it must be ${expected}`;
  }
  const also = field === 'member' ? '; accept_as is a field of its own, beside members' : '';
  return `is ${show(value)}; it must be ${expected}${also}`;
}

function explainNull(field: string, expected: string): string {
  if (field === 'name') {
    return `is empty; put null in quotes if that is the name; it must be ${expected}`;
  }
  const isNeeded = NEEDED_FIELDS.some((needed) => needed === field);
  return `is empty; it must be ${expected}${isNeeded ? '' : ', or remove the field'}`;
}

/** What the last step of a path is: a field, or an item of a list. */
function subject(path: Path): string {
  const last = path.at(-1);
  if (typeof last === 'string') return last;
  const list = path.at(-2);
  return typeof list === 'string' ? (LISTS[list]?.item ?? list) : '';
}

function explainLength(path: Path, length: number): string {
  const field = String(path.at(-1));
  if (field === 'data_images') {
    return `has ${length} data disks; the limit is ${LIMITS.dataImages} (IMG.0194)`;
  }
  if (field === 'members' || field === 'accept_as') {
    return `has ${length} entries; the limit is ${LIMITS.members}`;
  }
  if (field === 'copies') return `has ${length} copies; the limit is ${LIMITS.copies}`;
  return path.includes('data_images')
    ? `has ${length} tags; the limit is ${LIMITS.dataImageTags} (IMG.0116)`
    : `has ${length} tags; the limit is ${LIMITS.tags}: IMS takes 20 (OTC: 10), and one is our marker`;
}

function explainString(field: string, value: string): string | undefined {
  if (/\$\{|\{\{/.test(value)) return explainVariable(value);
  const words = ENUMS[field];
  if (words) {
    const near = nearest(value, words);
    const hint = near === undefined ? '' : `did you mean ${near}? `;
    return `is ${show(value)}; ${hint}it must be ${oneOf(words)}`;
  }
  const must = mustBe(field);
  if (typedText(field, value) !== value) {
    return `is ${show(value)}; it must be ${must}, without quotes`;
  }
  if (NUMBERS[field]) return `is ${show(value)}; it must be ${must}`;
  return EXPLAINERS[field]?.(value);
}

function explainVariable(value: string): string {
  if (value.includes(BASENAME)) {
    return `is ${show(value)}, but image_url names one file; ${BASENAME} works with a pattern such as bucket:folder/*.qcow2`;
  }
  const [, name] = new RegExp(VARIABLE, '').exec(value) ?? [];
  return name === undefined
    ? `is ${show(value)}; templates are not filled in, write the text itself`
    : `is ${show(value)}; validate, plan and submit fill it in with --var ${name}=VALUE`;
}

const EXPLAINERS: Readonly<Record<string, (value: string) => string | undefined>> = {
  name: explainName,
  image_url: explainUrl,
  description: explainDescription,
  tag: explainTag,
  key: (value) => explainPair('key', value),
  value: (value) => explainPair('value', value),
  os_version: (value) =>
    value.length > LIMITS.osVersion
      ? `has ${value.length} characters; the limit is ${LIMITS.osVersion}`
      : undefined,
};
