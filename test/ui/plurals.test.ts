import { expect, test } from 'vitest';
import { wordsOf } from '../../src/cli/terminal/log-words.ts';
import type { PlannedImage } from '../../src/producer/plan/plan.ts';
import { problemLines } from '../../src/producer/plan/plan-problems.ts';
import { readDiskFile } from '../../src/shared/disk-file/read-disk-file.ts';
import { STATUSES } from '../../src/shared/state/machine.ts';
import { headlineOf } from '../../src/ui/states.ts';

const COUNTS = [
  [0, '0 images'],
  [1, '1 image'],
  [2, '2 images'],
  [1000, '1,000 images'],
] as const;

test.each(COUNTS)('%s of them: %s', (count, images) => {
  const none = Object.fromEntries([...STATUSES, 'held'].map((name) => [name, 0]));
  const counts = { ...none, succeeded: count } as Parameters<typeof headlineOf>[0]['counts'];
  const { text } = headlineOf({ counts, total: count, isPaused: false });
  expect(text).toBe(count === 1 ? '1 image imported' : `All ${images} imported`);
  const fields = { images: count, marked: 0, adopted: 0 };
  expect(wordsOf('image list scanned before the first create', fields)).toContain(`: ${images}, 0`);
});

test.each([
  [1, 'it has only 1 byte'],
  [2, 'it has only 2 bytes'],
])('a file of %s: %s', async (bytes, says) => {
  const file = { bytes, read: async () => new Uint8Array(bytes) };
  const { faults } = await readDiskFile(file);
  expect(faults.map(({ message }) => message).join()).toContain(says);
});

test.each([
  [1, '1 image has other problems'],
  [2, '2 images have other problems'],
])('%s left in a list of problems: %s', (more, says) => {
  const images = Array.from({ length: more + 1 }, (_, at) => image(`vm-${at}`));
  expect(problemLines(images, { columns: 80, most: 1 })).toContain(says);
});

function image(name: string): PlannedImage {
  const source = { state: 'bad', size: 1, file: null, findings: [], message: name } as const;
  return {
    ...{ file: 'm.yaml', line: 1, batch: 'm', key: name, name, kind: 'system', image_url: 'b:k' },
    ...{ min_disk: 1, copy_of: null, copy_to: null, verdict: 'refused', ok: false, differs: [] },
    ...{ updates: [], cannot_change: [], image_id: null, source, notes: [], members: [] },
  };
}
