import type { BigIntStats } from 'node:fs';

/** Inode, size, times and mode: a file that was written or made readable differs in one of them. */
export function printOf({ ino, size, mtimeNs, ctimeNs, mode }: BigIntStats): string {
  return [ino, size, mtimeNs, ctimeNs, mode].join(':');
}

/** True for one content under another name: renaming changes no more than the time of change. */
export function isSameContent(print: string, other: string): boolean {
  const content = (text: string): string => text.split(':').slice(0, 3).join(':');
  return content(print) === content(other);
}
