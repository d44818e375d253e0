import { describe, expect, test } from 'vitest';
import type { SourceVerdict } from '../../src/producer/plan/check-sources.ts';
import type { PlannedImage } from '../../src/producer/plan/plan.ts';
import { problemLines } from '../../src/producer/plan/plan-problems.ts';
import { widthOf } from '../../src/shared/text/layout.ts';

const WIDE = { columns: Number.POSITIVE_INFINITY, most: 100 };
const bad = (message: string): SourceVerdict => ({
  state: 'bad',
  size: null,
  message,
  file: null,
  findings: [],
});

function image(name: string, fields: Partial<PlannedImage> = {}): PlannedImage {
  return {
    ...{ file: 'spring.yaml', line: 7, batch: 'spring', key: name, name, kind: 'system' },
    ...{ copy_of: null, copy_to: null },
    ...{ image_url: `bucket:web/${name}.qcow2`, verdict: 'refused', ok: false },
    members: [],
    ...{
      differs: [],
      updates: [],
      cannot_change: [],
      min_disk: 40,
      image_id: null,
      source: bad('the object is empty'),
      notes: [],
    },
    ...fields,
  };
}

test('images with the same problem are one group, with place, name and address in columns', () => {
  const images = [image('a'), image('b', { source: bad('the object does not exist') })];
  expect(problemLines([...images, image('longer', { line: 112 })], WIDE)).toEqual([
    '2 refused: the object is empty',
    '  spring.yaml:7    a       bucket:web/a.qcow2',
    '  spring.yaml:112  longer  bucket:web/longer.qcow2',
    '1 refused: the object does not exist',
    '  spring.yaml:7  b  bucket:web/b.qcow2',
  ]);
});

test('the reason of many is written once, that of one image below it', () => {
  const failed = {
    verdict: 'failed',
    source: null,
    notes: ['IMG.1: too old.', 'do this'],
  } as const;
  const namesake = {
    verdict: 'create',
    source: null,
    notes: ['image 5 has the same name'],
  } as const;
  expect(
    problemLines([image('a', failed), image('b', failed), image('c', namesake)], WIDE),
  ).toEqual([
    '2 failed before, not retried',
    '  IMG.1: too old; do this',
    '  spring.yaml:7  a  bucket:web/a.qcow2',
    '  spring.yaml:7  b  bucket:web/b.qcow2',
    '1 to be created beside an image of the same name',
    '  spring.yaml:7  c  bucket:web/c.qcow2',
    '    image 5 has the same name',
  ]);
});

describe('of very many images', () => {
  const images = Array.from({ length: 5000 }, (_, at) =>
    image(`i-${at}`, { source: bad(`reason ${at % 50}`) }),
  );

  test('some are listed, and all are counted', () => {
    const lines = problemLines(images, { ...WIDE, most: 40 });
    expect(lines.filter((line) => line.includes('bucket:'))).toHaveLength(40);
    expect(lines[0]).toBe('100 refused: reason 0');
    expect(lines).toContain('  and 80 more');
    expect(lines.at(-1)).toBe('4,800 images have other problems');
    expect(lines.length).toBeLessThan(50);
  });

  test('all are listed where that is wanted', () => {
    const lines = problemLines(images, { ...WIDE, most: Number.POSITIVE_INFINITY });
    expect(lines.filter((line) => line.includes('bucket:'))).toHaveLength(5000);
    expect(lines).toHaveLength(5050);
  });
});

test.each([60, 80, 120])(
  'at %i columns no line is longer, unless it is one long word',
  (columns) => {
    const long = { source: bad(`its storage class is COLD; ${'IMS imports only '.repeat(12)}`) };
    const lines = problemLines([image('生产'.repeat(9), long), image('b', long)], {
      columns,
      most: 9,
    });
    for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns);
    expect(lines.filter((line) => line.includes('bucket:web/b.qcow2'))).toHaveLength(1);
  },
);

test('what a name or a message says to a terminal is escaped', () => {
  const evil = image('a\u001b[2J', { source: bad('x\u001b]0;y') });
  expect(problemLines([evil], WIDE).join('\n')).not.toContain('\u001b');
});
