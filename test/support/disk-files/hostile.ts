import { expect } from 'vitest';
import type { RangedFile } from '../../../src/shared/disk-file/disk-file.ts';
import { MOST_BYTES, MOST_READS } from '../../../src/shared/disk-file/excerpts.ts';
import { readDiskFile } from '../../../src/shared/disk-file/read-disk-file.ts';
import { escapeText } from '../../../src/shared/text/escape-text.ts';
import { recordedFile } from './ranged-file.ts';

/** Whatever is in the file: it is judged, by few and small reads that lie within it, and in words for people. */
export async function expectJudged(file: RangedFile): Promise<void> {
  const recorded = recordedFile(file);
  const found = await readDiskFile(recorded);
  const { reads } = recorded;
  expect(reads.length).toBeLessThanOrEqual(MOST_READS);
  expect(reads.reduce((sum, { length }) => sum + length, 0)).toBeLessThanOrEqual(MOST_BYTES);
  for (const { offset, length } of reads) {
    expect(Number.isSafeInteger(offset) && offset >= 0 && length > 0).toBe(true);
    expect(offset + length).toBeLessThanOrEqual(file.bytes);
  }
  const { virtualBytes = 0 } = found;
  expect(Number.isSafeInteger(virtualBytes) && virtualBytes >= 0).toBe(true);
  for (const { message, advice } of found.faults) {
    expect(message.length).toBeLessThan(500);
    const text = `${message}${advice}`;
    expect(text).not.toMatch(/NaN|undefined|Infinity/);
    expect(text).toBe(escapeText(text));
  }
}
