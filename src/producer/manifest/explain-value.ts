import { LIMITS, WORDS } from '../../shared/image/image-fields.ts';
import { explainPair, explainTag } from './explain-tag.ts';
import { explainDescription, explainName, explainUrl } from './explain-text.ts';
import { NEEDED_FIELDS } from './image-schema.ts';
import { type Path, show } from './issue.ts';
import { BASENAME } from './pattern-image.ts';
import { nearest } from './suggest.ts';

const NUMBERS: Readonly<Record<string, string>> = {
  min_disk: 'a whole number of GB from 1 to 1024 (data disks to 2048)',
  copy: `a whole number from 1 to ${LIMITS.copy}`,
  priority: `a whole number from 1 to ${LIMITS.priority}`,
  max_ram: 'a whole number of MB from 0',
  min_ram: 'a whole number of MB from 0',
  count: 'a whole number: how many images there are',
};
const TEXTS: Readonly<Record<string, string>> = {
  name: '1 to 128 letters, digits, spaces and - . _, no space at an edge',
  image_url: 'bucket:key, such as "my-bucket:images/web.qcow2"',
  description: 'one line of at most 1024 characters without < and >',
  os_version: 'a text as IMS lists it, such as "CentOS 7.6 64bit"',
  cmk_id: 'a UUID, such as "12345678-90ab-4cde-8f01-234567890abc"',
  enterprise_project_id: '"0" (in quotes) or a UUID',
  tag: '"key.value"',
  key: 'a text of 1 to 128 characters',
  value: 'a text of at most 255 characters',
};
const LISTS: Readonly<Record<string, string>> = {
  tags: 'a list of at most 19 tags "key.value"',
  image_tags: 'a list of at most 19 tags {key, value}',
  data_images: `a list of at most ${LIMITS.dataImages} data disks`,
  images: `a list of 1 to ${LIMITS.images} images`,
};
const MAPPINGS: Readonly<Record<string, string>> = {
  defaults: 'a mapping of image fields',
  pair: 'a mapping {key, value}',
  disk: 'a mapping with image_url and min_disk',
};
const BOOLEANS = ['quick_import', 'is_quick_import', 'is_config', 'is_config_init'];
const ENUMS: Readonly<Record<string, readonly string[]>> = WORDS;
const ALLOWED: Readonly<Record<string, string>> = {
  ...NUMBERS,
  ...TEXTS,
  ...LISTS,
  ...MAPPINGS,
  ...Object.fromEntries(BOOLEANS.map((field) => [field, 'true or false, without quotes'])),
  ...Object.fromEntries(Object.entries(ENUMS).map(([field, words]) => [field, words.join(', ')])),
};
const ITEMS: Readonly<Record<string, string>> = {
  tags: 'tag',
  image_tags: 'pair',
  data_images: 'disk',
};

/** What is wrong with the value at a path and what is allowed, for a person. */
export function explainValue(path: Path, value: unknown): string {
  const field = subject(path);
  const allowed = ALLOWED[field] ?? 'another value';
  if (value === undefined) return `is missing; allowed is ${allowed}`;
  if (value === null) return explainNull(field, allowed);
  if (Array.isArray(value) && LISTS[field]) return explainLength(path, value.length);
  if (typeof value === 'string') {
    return explainString(field, value) ?? `is ${show(value)}; allowed is ${allowed}`;
  }
  const isPlain = typeof value === 'number' || typeof value === 'boolean';
  if (isPlain && (TEXTS[field] || ENUMS[field])) {
    return `is ${show(value)}, not a text: quote it; allowed is ${allowed}`;
  }
  return `is ${show(value)}; allowed is ${allowed}`;
}

function explainNull(field: string, allowed: string): string {
  if (field === 'name') return `is empty; quote it if null is the name; allowed is ${allowed}`;
  const isNeeded = NEEDED_FIELDS.some((needed) => needed === field);
  return `is empty; allowed is ${allowed}${isNeeded ? '' : ', or leave the field out'}`;
}

/** What the last step of a path is: a field, or an item of a list. */
function subject(path: Path): string {
  const last = path.at(-1);
  if (typeof last === 'string') return last;
  const list = path.at(-2);
  return typeof list === 'string' ? (ITEMS[list] ?? list) : '';
}

function explainLength(path: Path, length: number): string {
  const field = String(path.at(-1));
  if (length === 0) return 'is empty: nothing to import';
  if (field === 'images') return `has ${length} images; allowed are ${LIMITS.images}`;
  if (field === 'data_images') {
    return `has ${length} data disks; allowed are ${LIMITS.dataImages} (IMG.0194)`;
  }
  return path.includes('data_images')
    ? `has ${length} tags; allowed are ${LIMITS.dataImageTags} (IMG.0116)`
    : `has ${length} tags; allowed are ${LIMITS.tags}, since IMS takes 20 (OTC: 10) and one is our marker`;
}

function explainString(field: string, value: string): string | undefined {
  if (/\$\{|\{\{/.test(value)) {
    return value.includes(BASENAME)
      ? `is ${show(value)}, but image_url names one file; ${BASENAME} goes with a pattern such as bucket:folder/*.qcow2`
      : `is ${show(value)}; variables are not expanded in a manifest, write the text itself`;
  }
  const words = ENUMS[field];
  if (words) {
    const near = nearest(value, words);
    const hint = near === undefined ? '' : `did you mean ${near}? `;
    return `is ${show(value)}; ${hint}allowed is ${words.join(', ')}`;
  }
  if (NUMBERS[field]) return `is ${show(value)}; allowed is ${NUMBERS[field]}, without quotes`;
  const explain = EXPLAINERS[field];
  return explain?.(value);
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
      ? `has ${value.length} characters; allowed are ${LIMITS.osVersion}`
      : undefined,
};
