const INVISIBLE =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these must not be shown
  /[\u0000-\u001f\u007f-\u00a0\u00ad\u061c\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ud800-\udfff\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** Makes text from outside safe to show: control and direction characters become visible escapes. */
export function escapeText(text: string): string {
  return text.replace(INVISIBLE, asEscape);
}

const HARMFUL =
  // biome-ignore lint/suspicious/noControlCharactersInRegex: terminals act on these
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\u{e0000}-\u{e007f}]/gu;

/** The same for whole lines of output that may contain such text: line ends, tabs and spaces stay. */
export function escapeLines(text: string): string {
  return text.replace(HARMFUL, asEscape);
}

/** In the notation of JSON and YAML, so that such data keep their value. */
function asEscape(character: string): string {
  const units = Array.from(character.split(''), (unit) => unit.charCodeAt(0));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}

/** Escapes every text in a value; errors and other class instances stay unchanged. */
export function escapeWithin(value: unknown): unknown {
  if (typeof value === 'string') return escapeText(value);
  if (Array.isArray(value)) return value.map(escapeWithin);
  if (value === null || typeof value !== 'object') return value;
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) => [escapeText(name), escapeWithin(one)]),
  );
}
