import { LIMITS, splitTag } from '../../shared/image/image-fields.ts';
import { codePoint, show } from './issue.ts';

const CHARACTERS = {
  key: { bad: /[^\p{L}\p{N} _.:+@-]/u, allowed: 'letters, digits, spaces and _ . : + - @' },
  value: { bad: /[^\p{L}\p{N} _.:+@/-]/u, allowed: 'letters, digits, spaces and _ . : + - @ /' },
};

/** What is wrong with a tag `key.value`. */
export function explainTag(tag: string): string | undefined {
  if (tag.includes('=')) return `is ${show(tag)}; write key.value with a dot, not with =`;
  const { key, value } = splitTag(tag);
  const fault = explainPair('key', key) ?? explainPair('value', value);
  return fault === undefined ? undefined : `${fault} (tag ${show(tag)})`;
}

/** What is wrong with the key or the value of a tag. */
export function explainPair(part: 'key' | 'value', text: string): string | undefined {
  const most = part === 'key' ? LIMITS.tagKey : LIMITS.tagValue;
  if (part === 'key' && text === '') return 'has an empty key; allowed are 1 to 128 characters';
  if (text.length > most) return `has a ${part} of ${text.length} characters; allowed are ${most}`;
  if (text !== text.trim()) return `has a ${part} with a space at an edge`;
  const { bad, allowed } = CHARACTERS[part];
  const found = bad.exec(text)?.[0];
  return found === undefined
    ? undefined
    : `has a ${part} with ${show(found)} (${codePoint(found)}); allowed are ${allowed}`;
}
