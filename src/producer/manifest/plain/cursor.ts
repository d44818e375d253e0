/** How far a text was read. */
export interface Cursor {
  readonly text: string;
  at: number;
}

/** Something stands in the text that only the YAML parser can judge. */
export class NotPlain extends Error {}

export function sees({ text, at }: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = at;
  return pattern.test(text);
}

/** What a sticky pattern finds here is passed over; false when it finds nothing. */
export function passes(cursor: Cursor, pattern: RegExp): boolean {
  pattern.lastIndex = cursor.at;
  if (!pattern.test(cursor.text)) return false;
  cursor.at = pattern.lastIndex;
  return true;
}

/** The text that a sticky pattern finds here. @throws NotPlain when it finds nothing */
export function taken(cursor: Cursor, pattern: RegExp): string {
  const start = cursor.at;
  if (!passes(cursor, pattern)) throw new NotPlain();
  return cursor.text.slice(start, cursor.at);
}

const RESERVED: ReadonlySet<string> = new Set([
  'constructor',
  'prototype',
  'true',
  'false',
  'null',
]);

/** Adds a field that is not there yet. @throws NotPlain for one that means something else */
export function put(map: Record<string, unknown>, key: string, value: unknown): void {
  if (Object.hasOwn(map, key) || RESERVED.has(key)) throw new NotPlain();
  map[key] = value;
}
