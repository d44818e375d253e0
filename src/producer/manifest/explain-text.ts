import { BAD_OBJECT_CHARACTER, BATCH_NAME, LIMITS, NAME } from '../../shared/image/image-fields.ts';
import { codePoint, show } from './issue.ts';

/** What is wrong with the name of an image. */
export function explainName(value: string): string | undefined {
  if (value === '') return 'is empty; allowed are 1 to 128 characters';
  const count = [...value].length;
  if (count > LIMITS.name) return `has ${count} characters; allowed are 1 to ${LIMITS.name}`;
  if (value !== value.trim()) return `is ${show(value)}; no space or line break at an edge`;
  for (const character of value) {
    if (NAME.test(character) || character === ' ') continue;
    return `is ${show(value)}; ${codePoint(character)} is not allowed, allowed are letters, digits, spaces and - . _`;
  }
  return undefined;
}

/** What is wrong with the name of a batch, if anything is. */
export function explainBatchName(value: unknown): string | undefined {
  const allowed = `1 to ${LIMITS.batchName} letters, digits, spaces and - . _, a letter or digit first`;
  if (value === null) return 'is empty; write a name or leave the field out';
  if (typeof value === 'number' || typeof value === 'boolean') {
    return `is ${show(value)}, not a text: quote it`;
  }
  if (typeof value === 'string' && BATCH_NAME.test(value)) return undefined;
  if (typeof value === 'string' && value.length > LIMITS.batchName) {
    return `has ${value.length} characters; allowed are 1 to ${LIMITS.batchName}`;
  }
  return `is ${show(value)}; allowed is ${allowed}`;
}

const EXAMPLE = 'write bucket:key, such as "my-bucket:images/web.qcow2"';

/** What is wrong with the address of a file. */
export function explainUrl(value: string): string | undefined {
  if (/^[^:/]*:[^/@]*@[^/]*:|:\/\/[^/]*@/.test(value)) {
    return `holds a user and a password (not shown here); ${EXAMPLE}`;
  }
  // A signed URL's query is a secret, so no URL is repeated.
  if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value)) return `is a URL; ${EXAMPLE}`;
  const colon = value.indexOf(':');
  if (colon < 0) return `is ${show(value)}; the bucket is missing, ${EXAMPLE}`;
  return (
    explainBucket(value.slice(0, colon), value) ?? explainObject(value.slice(colon + 1), value)
  );
}

function explainBucket(bucket: string, value: string): string | undefined {
  if (bucket === '') return `is ${show(value)}; the bucket is empty (IMG.0068), ${EXAMPLE}`;
  if (bucket.length < 3 || bucket.length > LIMITS.bucket) {
    return `has a bucket of ${bucket.length} characters; allowed are 3 to ${LIMITS.bucket}`;
  }
  const bad = /[^a-z0-9.-]/u.exec(bucket)?.[0];
  if (bad !== undefined) {
    return `has a bucket with ${show(bad)}; allowed are a-z 0-9 - . (IMG.0109)`;
  }
  if (/^[.-]|[.-]$|\.\.|\.-|-\./.test(bucket)) {
    return `is ${show(value)}; a bucket has no . or - at an edge or beside a dot (IMG.0109)`;
  }
  return /^[\d.]+$/.test(bucket) && bucket.includes('.')
    ? `is ${show(value)}; a bucket is not an IP address`
    : undefined;
}

function explainObject(object: string, value: string): string | undefined {
  if (object === '') return `is ${show(value)}; the object is missing, ${EXAMPLE}`;
  if (object.length > LIMITS.object) {
    return `has a key of ${object.length} characters; allowed are ${LIMITS.object}`;
  }
  if (object.startsWith('/')) return `is ${show(value)}; the key must not begin with /`;
  if (object.endsWith('/')) return `is ${show(value)}; the key is a folder, name a file`;
  if (object.split('/').some((part) => part === '.' || part === '..')) {
    return `is ${show(value)}; the key must not have . or .. as a folder`;
  }
  const bad = BAD_OBJECT_CHARACTER.exec(object)?.[0];
  if (bad === undefined) return undefined;
  if (/\s/.test(bad)) return `is ${show(value)}; spaces are not allowed (IMG.0175)`;
  return bad === '*' || bad === '?'
    ? `is ${show(value)}; patterns are not expanded, name each file`
    : `is ${show(value)}; ${codePoint(bad)} is not allowed in a key`;
}

/** What is wrong with a description. */
export function explainDescription(value: string): string | undefined {
  const { length } = value;
  if (length > LIMITS.description) {
    return `has ${length} characters; allowed are ${LIMITS.description}`;
  }
  if (/:\/\/[^\s/@:]*:[^\s/@]*@/.test(value)) return 'holds a URL with a password; leave it out';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is refused
  const at = value.search(/[<>\u0000-\u0008\u000a-\u001f\u007f-\u009f\u2028\u2029]/);
  if (at < 0) return undefined;
  const bad = value.charAt(at);
  const what = bad === '<' || bad === '>' ? `"${bad}"` : nameOf(bad);
  return `has ${what} at character ${at + 1}; line breaks, < and > are not allowed`;
}

function nameOf(character: string): string {
  return /[\r\n]/.test(character) ? 'a line break' : codePoint(character);
}
