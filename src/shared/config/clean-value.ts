/** What nobody sees at the ends of a value: blanks, line breaks, direction marks, a file's byte order mark. */
const BLANK_ENDS = /^[\s\p{Cc}\p{Cf}]+|(?<![\s\p{Cc}\p{Cf}])[\s\p{Cc}\p{Cf}]+$/gu;
const LINE_ENDS =
  /^[\ufeff\r\n\u0085\u2028\u2029]+|(?<![\r\n\u0085\u2028\u2029])[\r\n\u0085\u2028\u2029]+$/g;

/** A name, an address, a key: nothing invisible at its ends is meant. */
export function withoutBlanks(value: string): string {
  return value.replace(BLANK_ENDS, '');
}

/** A password may begin or end with a blank, never with a line break: files and Kubernetes secrets have one. */
export function withoutLineEnds(value: string): string {
  return value.replace(LINE_ENDS, '');
}

/** The first line that says something: password managers put other things below. */
export function firstLine(text: string): string {
  const [line = ''] = withoutLineEnds(text).split(/\r\n?|\n/, 1);
  return line;
}

/** `undefined` for what is empty, however it is filled. */
export function unlessEmpty(value: string): string | undefined {
  return withoutBlanks(value) === '' ? undefined : value;
}

/** What is wrong within a secret; it is never repeated. */
export function secretFault(value: string): string | undefined {
  if (/[\r\n\u0085\u2028\u2029]/.test(value)) return 'holds a line break; a secret is one line';
  return controlFault(value);
}

/** Of what is sent in a header: tokens and keys have printable characters only. */
export function keyFault(value: string): string | undefined {
  if (!/[^\x21-\x7e]/.test(value)) return undefined;
  return secretFault(value) ?? 'holds a blank or another character that it cannot have';
}

/** But for tabs, and for joiners, which some scripts need within a word. */
const INVISIBLE = /(?![\t\u200c\u200d])[\p{Cc}\p{Cf}\u2028\u2029]/u;

/** Of every other value: what was pasted along from a terminal or a page. */
export function controlFault(value: string): string | undefined {
  return INVISIBLE.test(value) ? 'holds an invisible control character' : undefined;
}

/** Of an address, which a URL parser would mend in its own way. */
export function addressFault(value: string): string | undefined {
  return /[\s\p{C}]/u.test(value) ? 'holds a blank or an invisible character' : undefined;
}
