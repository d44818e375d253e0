import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readStory } from '../../src/shared/ledger/ledger-entry.ts';
import type { ImportEvent } from '../../src/shared/state/import-state.ts';
import { manifestImages } from '../support/images.ts';
import { AT, admitted, KEYS, readAs, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

async function one() {
  const parts = await registered(server.client, 1);
  const key = parts.members[0] ?? '';
  const change = (event: ImportEvent) => parts.ledger.change(key, event, AT);
  const of = () => readAs(parts, key);
  const story = () => parts.ledger.story(key);
  const texts = async () => (await story()).map(({ text }) => text);
  return { parts, key, change, of, story, texts };
}

const refused = (epoch: number, message: string): ImportEvent => ({
  type: 'refused',
  epoch,
  at: 1100,
  reason: { code: 'IMG.0044', message, requestId: 'req-7' },
});

describe('the story of an image', () => {
  test('says what happened over all its attempts, by the time of Redis', async () => {
    const { parts, change, of, story, texts } = await one();
    await admitted(parts, 0);
    await change(refused(1, 'broken'));
    await change({ type: 'retry', at: 2000 });
    await parts.guard.scanned(await parts.guard.beginScan());
    await admitted(parts, 0);
    await change({ type: 'accepted', epoch: 2, at: 1200, jobId: 'job-1' });
    await change({
      type: 'polled',
      at: 1,
      of: await of(),
      overdue: false,
      lost: false,
      progress: 0.4,
    });
    await change({ type: 'succeeded', of: await of(), imageId: 'image-1', otherImageIds: [] });
    expect(await texts()).toEqual([
      'registered in batch b',
      'submitting, create 1',
      'failed: IMG.0044: broken (request req-7)',
      'attempt 2',
      'submitting, create 2',
      'accepted, IMS job job-1',
      'succeeded, image image-1',
    ]);
    const times = (await story()).map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    expect(Math.abs((times[0] ?? 0) - Date.now())).toBeLessThan(60_000);
  });

  test('covers unknown states, people and doubles', async () => {
    const { parts, change, of, texts } = await one();
    await admitted(parts, 0);
    const reason = { code: 'TIMEOUT', message: 'no answer' };
    await change({ type: 'unclear', epoch: 1, at: 1100, reason });
    await change({ type: 'not-found', of: await of(), verdict: 'hold', at: 9000 });
    await change({ type: 'resolved', of: await of(), verdict: 'resubmit', reason, at: 9500 });
    await parts.guard.scanned(await parts.guard.beginScan());
    await admitted(parts, 0);
    await change({ type: 'accepted', epoch: 1, at: 9600, jobId: 'late-job' });
    const all = await texts();
    expect(all).toContain('unknown: TIMEOUT: no answer');
    expect(all).toContain('unknown, held: TIMEOUT: no answer');
    expect(all).toContain('a person decided: pending again: TIMEOUT: no answer');
    expect(all.join()).toMatch(/double: an older create had IMS job late-job/);
  });

  test('names every batch that wants it', async () => {
    const { parts, texts } = await one();
    await parts.batches.register('second', manifestImages(1), AT);
    await parts.batches.register('second', manifestImages(1), AT);
    expect(await texts()).toEqual(['registered in batch b', 'registered in batch second']);
  });

  test('is kept short, with its beginning and its end', async () => {
    const { parts, change, key, texts } = await one();
    for (let epoch = 1; epoch <= 40; epoch += 1) {
      await parts.guard.scanned(await parts.guard.beginScan());
      await admitted(parts, 0);
      await change(refused(epoch, `${'long '.repeat(80)}\n2026 not a line`));
      await change({ type: 'retry', at: 2000 });
    }
    const all = await texts();
    expect((await server.client.hget(KEYS.import(key), 'story'))?.length).toBeLessThanOrEqual(4000);
    expect(all[0]).toBe('registered in batch b');
    expect(all.at(-1)).toBe('attempt 41');
    expect(all.every((text) => /^(registered|submitting|failed|attempt)/.test(text))).toBe(true);
  });

  test('has the first time in full and the others relative to it; one of an older version reads the same', () => {
    const lines = [
      { at: 1_700_000_000_000, text: 'registered' },
      { at: 1_700_000_060_000, text: 'create 1 is sent' },
    ];
    expect(readStory('1700000000000 registered\n+60000 create 1 is sent\n')).toEqual(lines);
    expect(readStory('1700000000000 registered\n1700000060000 create 1 is sent\n')).toEqual(lines);
  });

  test('of an older version is empty, and nonsense is left out', () => {
    expect(readStory('')).toEqual([]);
    fc.assert(
      fc.property(fc.string(), (text) => {
        for (const { at, text: line } of readStory(text)) {
          expect(Number.isSafeInteger(at)).toBe(true);
          expect(line).not.toContain('\n');
        }
      }),
    );
  });
});
