import {
  BAD_OBJECT_CHARACTER,
  BATCH_NAME,
  LIMITS,
  NAME,
  splitTag,
} from '../../shared/image/image-fields.ts';
import { COPY_TAG_KEY } from '../../shared/image/import-key.ts';
import { distance } from '../../shared/text/distance.ts';
import { readAddress } from '../spelling/source-address.ts';
import { codePoint, show } from './issue.ts';

/** What is wrong with the name of an image. */
export function explainName(value: string): string | undefined {
  if (value === '') return 'is empty; it must have 1 to 128 characters';
  const count = [...value].length;
  if (count > LIMITS.name) return `has ${count} characters; the limit is ${LIMITS.name}`;
  if (value !== value.trim()) return `is ${show(value)}; remove the space at its start or end`;
  for (const character of value) {
    if (NAME.test(character) || character === ' ') continue;
    return `is ${show(value)}; ${codePoint(character)} is not allowed, use letters, digits, spaces and - . _`;
  }
  return undefined;
}

/** What is wrong with the name of a batch. */
export function explainBatchName(value: unknown): string | undefined {
  if (value === null) return 'is empty; write a name or remove the field';
  if (typeof value === 'number' || typeof value === 'boolean') {
    return `is ${show(value)}, not text: put it in quotes`;
  }
  if (typeof value === 'string' && BATCH_NAME.test(value)) return undefined;
  if (typeof value === 'string' && value.length > LIMITS.batchName) {
    return `has ${value.length} characters; the limit is ${LIMITS.batchName}`;
  }
  return `is ${show(value)}; it must be 1 to ${LIMITS.batchName} letters, digits, spaces and - . _, with a letter or digit first and no space last`;
}

const EXAMPLE = 'write bucket:key, such as "my-bucket:images/web.qcow2"';

/** What is wrong with the address of a file. */
export function explainUrl(value: string): string | undefined {
  if (/^[^:/]*:[^/@]*@[^/]*:|:\/\/[^/]*@/.test(value)) {
    return `contains a user name and a password (not shown here); ${EXAMPLE}`;
  }
  const address = readAddress(value);
  if (address?.ok === false) return address.fault;
  const colon = value.indexOf(':');
  if (colon < 0) return `is ${show(value)}, which has no bucket; ${EXAMPLE}, or set bucket:`;
  return (
    explainBucket(value.slice(0, colon), value) ?? explainObject(value.slice(colon + 1), value)
  );
}

function explainBucket(bucket: string, value: string): string | undefined {
  if (bucket === '') return `is ${show(value)}; the bucket is empty (IMG.0068), ${EXAMPLE}`;
  if (bucket.length < 3 || bucket.length > LIMITS.bucket) {
    return `has a bucket name of ${bucket.length} ${bucket.length === 1 ? 'character' : 'characters'}; it must have 3 to ${LIMITS.bucket}`;
  }
  const bad = /[^a-z0-9.-]/u.exec(bucket)?.[0];
  if (bad !== undefined) {
    return `has a bucket name with ${show(bad)}; use a-z 0-9 - . (IMG.0109)`;
  }
  if (/^[.-]|[.-]$|\.\.|\.-|-\./.test(bucket)) {
    return `is ${show(value)}; a bucket name cannot start or end with . or -, or have them next to a dot (IMG.0109)`;
  }
  return /^[\d.]+$/.test(bucket) && bucket.includes('.')
    ? `is ${show(value)}; a bucket name cannot be an IP address`
    : undefined;
}

function explainObject(object: string, value: string): string | undefined {
  if (object === '') return `is ${show(value)}; the key is missing, ${EXAMPLE}`;
  if (object.length > LIMITS.object) {
    return `has a key of ${object.length} characters; the limit is ${LIMITS.object}`;
  }
  if (object.startsWith('/')) return `is ${show(value)}; the key cannot start with /`;
  if (object.endsWith('/')) return `is ${show(value)}; the key is a folder, name a file`;
  if (object.split('/').some((part) => part === '.' || part === '..')) {
    return `is ${show(value)}; the key cannot have . or .. as a folder`;
  }
  const bad = BAD_OBJECT_CHARACTER.exec(object)?.[0];
  if (bad === undefined) return undefined;
  if (/\s/.test(bad)) return `is ${show(value)}; the key cannot contain spaces (IMG.0175)`;
  return bad === '*' || bad === '?'
    ? `is ${show(value)}; patterns are not expanded here, name each file`
    : `is ${show(value)}; ${codePoint(bad)} is not allowed in a key`;
}

/** What is wrong with a description. */
export function explainDescription(value: string): string | undefined {
  const { length } = value;
  if (length > LIMITS.description) {
    return `has ${length} characters; the limit is ${LIMITS.description}`;
  }
  if (/:\/\/[^\s/@:]*:[^\s/@]*@/.test(value)) return 'contains a URL with a password; remove it';
  // An image with it would not be found again as the one of its import.
  if (value.includes(`[${COPY_TAG_KEY}:`)) {
    return `contains "[${COPY_TAG_KEY}:", which ims-ferry reserves for its own marker`;
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  const at = value.search(/[<>\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/);
  if (at < 0) return undefined;
  const bad = value.charAt(at);
  const what = /[\r\n]/.test(bad) ? 'a line break' : /[<>]/.test(bad) ? `"${bad}"` : codePoint(bad);
  return `has ${what} at character ${at + 1}; line breaks, < and > are not allowed`;
}

const TAG_CHARACTERS = {
  key: { bad: /[^\p{L}\p{N} _.:+@-]/u, allowed: 'letters, digits, spaces and _ . : + - @' },
  value: { bad: /[^\p{L}\p{N} _.:+@/-]/u, allowed: 'letters, digits, spaces and _ . : + - @ /' },
};

/** What is wrong with a tag `key.value`. */
export function explainTag(tag: string): string | undefined {
  if (tag.includes('=')) return `is ${show(tag)}; write key.value, with a dot instead of =`;
  const { key, value } = splitTag(tag);
  const fault = explainPair('key', key) ?? explainPair('value', value);
  return fault === undefined ? undefined : `${fault} (tag ${show(tag)})`;
}

/** What is wrong with the key or the value of a tag. */
export function explainPair(part: 'key' | 'value', text: string): string | undefined {
  const most = part === 'key' ? LIMITS.tagKey : LIMITS.tagValue;
  if (part === 'key' && text === '') return 'has an empty key; a key has 1 to 128 characters';
  if (text.length > most) return `has a ${part} of ${text.length} characters; the limit is ${most}`;
  if (text !== text.trim()) return `has a ${part} with a space at its start or end`;
  const { bad, allowed } = TAG_CHARACTERS[part];
  const found = bad.exec(text)?.[0];
  return found === undefined
    ? undefined
    : `has a ${part} with ${show(found)} (${codePoint(found)}); use ${allowed}`;
}

/** The nearest of the known words, if one is near enough to be meant. */
export function nearest(word: string, known: readonly string[]): string | undefined {
  if (word.length > 60) return undefined;
  const [best] = byDistance(word, known);
  if (!best) return undefined;
  const allowed = Math.max(1, Math.floor(Math.max(word.length, best.candidate.length) / 3));
  return best.far <= allowed ? best.candidate : undefined;
}

/** The three nearest words, nearest first. */
export function nearestThree(word: string, known: readonly string[]): readonly string[] {
  const near = byDistance(word.slice(0, 200), known).slice(0, 3);
  return near.map(({ candidate }) => candidate);
}

function byDistance(word: string, known: readonly string[]) {
  const wanted = word.toLowerCase();
  return known
    .map((candidate) => ({ candidate, far: distance(wanted, candidate.toLowerCase()) }))
    .sort((a, b) => a.far - b.far);
}
