import { NAME, WORDS } from './image-schema.ts';
import { show } from './issue.ts';
import { nearest } from './suggest.ts';

/** What is allowed, by field; the last name of the path decides. */
const ALLOWED: Readonly<Record<string, string>> = {
  name: '1 to 128 letters, digits, spaces and - . _, no space at an edge',
  image_url: 'bucket:object, such as "my-bucket:images/web.qcow2"',
  min_disk: 'a whole number of GB from 1 to 1024 (data disks to 2048)',
  copy: 'a whole number from 1',
  priority: 'a whole number from 1 to 2097152',
  description: 'one line of at most 1024 characters without < and >',
  os_version: 'a text such as "CentOS 7.6 64bit"',
  cmk_id: 'a UUID',
  enterprise_project_id: '"0" or a UUID',
  tags: 'a list of at most 9 texts key.value (key at most 36, value at most 43 of A-Z a-z 0-9 _ -)',
  image_tags:
    'a list of at most 9 pairs {key, value} (key at most 36, value at most 43 of A-Z a-z 0-9 _ -)',
  max_ram: 'a whole number of MB',
  min_ram: 'a whole number of MB',
  data_images: 'a list of at most 3 data disks',
  count: 'the number of images',
  images: 'a list of 1 to 200000 images',
  defaults: 'a mapping of image fields',
};
const BOOLEANS = new Set(['quick_import', 'is_quick_import', 'is_config', 'is_config_init']);

/** What is wrong with a value and what is allowed, for a person. */
export function explainValue(field: string, value: unknown): string {
  if (value === undefined) return `is missing; allowed is ${allowedFor(field)}`;
  const special = explainSpecial(field, value);
  return special ?? `is ${show(value)}; allowed is ${allowedFor(field)}`;
}

function allowedFor(field: string): string {
  if (BOOLEANS.has(field)) return 'true or false, without quotes';
  const words = wordsOf(field);
  return words.length > 0 ? words.join(', ') : (ALLOWED[field] ?? 'another value');
}

/** The words of an enum field. */
function wordsOf(field: string): readonly string[] {
  const words: Readonly<Record<string, readonly string[]>> = WORDS;
  return words[field] ?? [];
}

function explainSpecial(field: string, value: unknown): string | undefined {
  const words = wordsOf(field);
  if (words.length > 0 && typeof value === 'string') {
    const near = nearest(value, words);
    const hint = near === undefined ? '' : `did you mean ${near}? `;
    return `is ${show(value)}; ${hint}allowed is ${words.join(', ')}`;
  }
  if (typeof value === 'string' && /\$\{|\{\{/.test(value)) {
    return `is ${show(value)}; variables are not expanded in a manifest, write the text itself`;
  }
  if (field === 'name') return explainName(value);
  if (field === 'image_url') return explainUrl(value);
  if (field === 'description' && typeof value === 'string') return explainDescription(value);
  return undefined;
}

function explainName(value: unknown): string | undefined {
  if (value === null || typeof value === 'number' || typeof value === 'boolean') {
    return `is ${show(value)}; put it in quotes to make it a text`;
  }
  if (typeof value !== 'string') return undefined;
  if (value === '') return 'is empty; allowed are 1 to 128 characters';
  if (value.length > 128) return `has ${value.length} characters; allowed are 1 to 128`;
  if (value !== value.trim()) return `is ${show(value)}; no space is allowed at an edge`;
  for (const character of value) {
    if (NAME.test(character) || character === ' ') continue;
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0');
    return `is ${show(value)}; the character U+${code} is not allowed, allowed are letters, digits, spaces and - . _`;
  }
  return undefined;
}

function explainUrl(value: unknown): string | undefined {
  if (typeof value !== 'string') return undefined;
  const example = 'write bucket:object, such as "my-bucket:images/web.qcow2"';
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) {
    // It may hold a user and password: not repeated.
    return `is a URL; ${example}`;
  }
  const colon = value.indexOf(':');
  if (colon < 0) return `is ${show(value)}; the bucket is missing, ${example}`;
  const key = value.slice(colon + 1);
  if (key === '') return `is ${show(value)}; the object is missing, ${example}`;
  if (key.startsWith('/')) return `is ${show(value)}; the object must not begin with /`;
  if (/\s/.test(key)) return `is ${show(value)}; spaces are not allowed (IMG.0175)`;
  if (/[*?]/.test(key)) return `is ${show(value)}; patterns are not expanded, name each object`;
  if (value.length > 1088) return `has ${value.length} characters; allowed are 1088`;
  return undefined;
}

function explainDescription(value: string): string | undefined {
  if (value.length > 1024) return `has ${value.length} characters; allowed are 1024`;
  const at = value.search(/[\r\n<>]/);
  if (at < 0) return undefined;
  const what = /[<>]/.test(value.charAt(at)) ? `"${value.charAt(at)}"` : 'a line break';
  return `has ${what} at character ${at + 1}; line breaks, < and > are not allowed`;
}

const SECRETS =
  /^(endpoint|ims_endpoint|auth_url|proxy|https?_proxy|token|password|passwd|secret|ak|sk|access_key|secret_key|credentials?|username|headers?|cacert|insecure|redis_url)$/i;

/** An unknown field: what was meant, or why it has no place here. Its value is never repeated. */
export function explainUnknownField(field: string, known: readonly string[]): string {
  if (SECRETS.test(field)) {
    return 'has no place in a manifest; endpoints and credentials come from the settings';
  }
  const near = nearest(field, known);
  return near === undefined
    ? `is not a field; fields are ${known.join(', ')}`
    : `is not a field; did you mean ${near}?`;
}
