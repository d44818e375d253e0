import { expect, test } from 'vitest';
import { fileWords } from '../../src/ui/file-words.ts';

const GB = 1024 ** 3;

test.each([
  [
    { bytes: 2.14 * GB, virtualBytes: 40 * GB, format: 'qcow2' },
    'QCOW2, 2.1 GB, with a disk of 40 GB',
  ],
  [{ bytes: 350 * 1024 ** 2 }, '350 MB'],
  [{ bytes: GB, virtualBytes: 8 * GB }, '1.0 GB, with a disk of 8.0 GB'],
  [{ bytes: 1500 * GB, format: 'raw' }, 'RAW, 1,500 GB'],
] as const)('a file in words: %j is %s', (facts, words) => {
  expect(fileWords(facts)).toBe(words);
});
