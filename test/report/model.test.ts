import { describe, expect, test } from 'vitest';
import { imageRow } from '../../src/ui/image-row.ts';
import {
  at,
  BEGAN,
  cancelled,
  entry,
  failed,
  held,
  NOT_THERE,
  reportOf,
  succeeded,
} from '../support/report-entries.ts';

const TIMEOUT = { code: 'TIMEOUT', message: 'no answer' };

describe('an image', () => {
  test('waits until it is submitted, and is in IMS from the answer to the end', () => {
    expect(imageRow(succeeded('a', 60), at(500))).toMatchObject({
      state: 'succeeded',
      waitingMs: 10_000,
      inImsMs: 60_000,
      acceptedAt: at(11),
      jobId: 'job of a',
      imageId: 'image of a',
    });
  });

  test('that was refused was never in IMS', () => {
    const row = imageRow(failed('a'), at(500));
    expect(row).toMatchObject({ waitingMs: 10_000, error: NOT_THERE });
    expect(row.inImsMs).toBeUndefined();
  });

  test('that is being created is in IMS until now', () => {
    const state = { status: 'creating', since: at(11), jobId: 'j', overdue: true } as const;
    const row = imageRow(entry('a', { submittedAt: at(10), acceptedAt: at(11), state }), at(100));
    expect(row).toMatchObject({ inImsMs: 89_000, overdue: true });
    expect(row.finishedAt).toBeUndefined();
  });

  test('of an older ledger was accepted when it was submitted, if IMS gave a job id', () => {
    const { acceptedAt: _, ...old } = succeeded('a', 60);
    expect(imageRow(old, at(500))).toMatchObject({ acceptedAt: at(10), inImsMs: 61_000 });
    const adopted = { status: 'succeeded', imageId: 'i', adopted: true } as const;
    expect(imageRow({ ...old, state: adopted }, at(500)).inImsMs).toBeUndefined();
  });

  test('of a new attempt has nothing of the older one', () => {
    const again = { ...succeeded('a'), registeredAt: at(300), attempt: 2 };
    const pending = imageRow({ ...again, state: { status: 'pending' } }, at(310));
    for (const name of [
      'submittedAt',
      'acceptedAt',
      'finishedAt',
      'waitingMs',
      'inImsMs',
    ] as const) {
      expect(pending[name]).toBeUndefined();
    }
    const found = { status: 'succeeded', imageId: 'i', adopted: true } as const;
    const adopted = imageRow({ ...again, finishedAt: at(305), state: found }, at(310));
    expect(adopted).toMatchObject({ finishedAt: at(305) });
    expect(adopted.submittedAt).toBeUndefined();
  });
});

describe('a batch', () => {
  test('has succeeded when every image has, and else not', () => {
    expect(reportOf([succeeded('a')]).outcome).toBe('succeeded');
    expect(reportOf([succeeded('a'), cancelled('b')]).outcome).toBe('troubled');
    expect(reportOf([succeeded('a'), held('b', TIMEOUT)]).outcome).toBe('troubled');
    expect(reportOf([succeeded('a'), failed('b'), entry('c', {})]).outcome).toBe('unfinished');
  });

  test('is counted from its images, held ones as unknown, too', () => {
    const report = reportOf([succeeded('a'), failed('b'), held('c', TIMEOUT), cancelled('d')]);
    expect(report.counts).toMatchObject({ succeeded: 1, failed: 1, unknown: 1, held: 1 });
    expect(report.total).toBe(4);
  });

  test('lasts until its last image, or until now', () => {
    const done = reportOf([succeeded('a', 60)], { finishedAt: at(71) });
    expect(done).toMatchObject({ beganAt: BEGAN, endedAt: at(71), durationMs: 71_000 });
    const open = reportOf([succeeded('a', 60), entry('b', {})]);
    expect(open.durationMs).toBe(120_000);
    expect(open.endedAt).toBeUndefined();
  });

  test('has a pace of what succeeded in it', () => {
    expect(reportOf([succeeded('a', 49)], { finishedAt: at(60) }).perHour).toBe(60);
    const before = { ...succeeded('a'), finishedAt: at(-100), registeredAt: at(-300) };
    expect(reportOf([before]).perHour).toBeUndefined();
  });

  test('has median and 95th percentile of the times of its images', () => {
    const images = Array.from({ length: 20 }, (_, index) => succeeded(`i${index}`, index + 1));
    expect(reportOf(images).inIms).toEqual({ count: 20, median: 10_000, p95: 19_000 });
    expect(reportOf([cancelled('a')]).inIms).toBeUndefined();
  });

  test('names its slowest images, slowest first', () => {
    const images = Array.from({ length: 30 }, (_, index) => succeeded(`i${index}`, index + 1));
    const names = reportOf(images).slowest.map(({ name }) => name);
    expect(names).toHaveLength(10);
    expect(names.slice(0, 2)).toEqual(['i29', 'i28']);
  });

  test('advises to settle what is held, whatever was advised before', () => {
    const reason = { ...TIMEOUT, advice: 'It is looked up.' };
    const looking = held('b', reason);
    const state = {
      status: 'unknown',
      since: 1,
      sendBy: 1,
      reason,
      held: false,
      lookUps: 1,
    } as const;
    expect(reportOf([held('a', reason), { ...looking, state }]).failures).toMatchObject([
      { held: true, names: ['a'], advice: expect.stringContaining('resolve spring') },
      { held: false, names: ['b'], advice: 'It is looked up.' },
    ]);
  });

  test('groups its failures by code, the largest group first, each with advice', () => {
    const other = { code: 'IMG.0072', message: 'bad format' };
    const images = [failed('a', other), failed('b'), failed('c'), held('d', TIMEOUT)];
    expect(reportOf(images).failures).toMatchObject([
      { state: 'failed', code: 'IMG.0057', count: 2, names: ['b', 'c'], advice: NOT_THERE.advice },
      { state: 'failed', code: 'IMG.0072', advice: expect.stringContaining('retry spring') },
      {
        state: 'unknown',
        held: true,
        code: 'TIMEOUT',
        advice: expect.stringContaining('resolve spring'),
      },
    ]);
  });
});
