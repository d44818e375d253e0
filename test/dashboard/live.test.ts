import { describe, expect, test } from 'vitest';
import { BatchIndexes } from '../../src/dashboard/live/batch-index.ts';
import { findRows, type View } from '../../src/dashboard/live/view.ts';
import { BatchArchive } from '../../src/shared/ledger/batch-archive.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { BASIC, openDashboard } from '../support/dashboard.ts';
import { manifestImages } from '../support/images.ts';
import { AT, KEYS, registered } from '../support/ledger-parts.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const CANCELLED: View = { state: 'cancelled', search: '', isDescending: false, page: 1 };

async function indexed(count: number) {
  const parts = await registered(redis.client, count);
  const deps = { ...parts, clock: systemClock };
  const indexes = new BatchIndexes(deps);
  const cancelled = async (total = count) => {
    const index = await indexes.get('b', total);
    await index.ready(600_000);
    return (await findRows(index.rows, CANCELLED, 0)).keys;
  };
  const cancel = (key: string | undefined) =>
    parts.ledger.change(key ?? '', { type: 'cancel' }, AT);
  return { ...parts, indexes, cancelled, cancel };
}

describe('the index of a batch', () => {
  test('follows what changes, without reading the batch again', async () => {
    const { cancelled, cancel, members } = await indexed(1200);
    expect(await cancelled()).toEqual([]);
    await cancel(members[3]);
    await cancel(members[1100]);
    expect(await cancelled()).toEqual([members[3], members[1100]]);
  });

  test('sees images that were added later', async () => {
    const { cancelled, cancel, batches } = await indexed(3);
    expect(await cancelled()).toEqual([]);
    await batches.register('b', manifestImages(5), AT);
    const [key] = await batches.members('b', 4, 1);
    await cancel(key);
    expect(await cancelled(5)).toEqual([key]);
  });

  test('reads everything again when images have left it for an archive', async () => {
    const { cancelled, cancel, members, ...parts } = await indexed(4);
    for (const key of members) await cancel(key);
    expect(await cancelled()).toEqual(members);
    // A page of it is out.
    const finishedAt = (await parts.batches.summary('b'))?.finishedAt ?? 0;
    const mark = { id: 'x', phase: 'removing', file: 'f', host: 'h', at: 1, finishedAt } as const;
    const archives = new BatchArchive(redis.client, KEYS);
    await archives.mark({ batch: 'b', mark });
    const gone = members.slice(0, 2).map((key) => ({ key, revision: 2 }));
    expect(await archives.takeOut({ batch: 'b', mark }, gone)).toBe(true);
    expect(await cancelled(2)).toEqual(members.slice(2));
  });

  test('reads everything again when it has missed too much', async () => {
    const { cancelled, cancel, members } = await indexed(4);
    expect(await cancelled()).toEqual([]);
    await cancel(members[2]);
    // As if 10,000 other images had changed since.
    await redis.client.eval(
      `redis.call('ZREM', KEYS[1], ARGV[1])
       for i = 1, 10000 do redis.call('ZADD', KEYS[1], redis.call('INCR', KEYS[2]), 'k' .. i) end`,
      2,
      KEYS.changes,
      KEYS.seq,
      members[2] ?? '',
    );
    expect(await cancelled()).toEqual([members[2]]);
  });
});

describe('events of a page', () => {
  async function listen(path: string) {
    const dashboard = await openDashboard(redis.client, { count: 3 });
    const url = await dashboard.app.listen({ host: '127.0.0.1', port: 0 });
    const ended = new AbortController();
    const response = await fetch(`${url}${path}`, {
      headers: { authorization: BASIC },
      signal: ended.signal,
    });
    const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
    let text = '';
    const read = async (): Promise<void> => {
      for (;;) {
        const { value, done } = (await reader?.read()) ?? { done: true };
        if (done) return;
        text += value;
      }
    };
    const reading = read().catch(() => undefined);
    const close = async (): Promise<void> => {
      ended.abort();
      await reading;
    };
    return { ...dashboard, response, text: () => text, close };
  }

  test('bring the page as it is, and again when it looks different', async () => {
    const { response, text, close, ledger, members } = await listen('/batches/spring/live');
    expect(response.headers.get('content-type')).toContain('text/event-stream');
    expect(response.headers.get('x-content-type-options')).toBe('nosniff');
    await until(() => text().includes('event: page'));
    expect(text()).toContain('0 of 3 imported');
    await ledger.change(members[0] ?? '', { type: 'cancel' }, AT);
    await until(() => text().includes('Cancelled'));
    await close();
  });

  test('say that a batch does not exist', async () => {
    const { text, close } = await listen('/batches/nobody/live');
    await until(() => text().includes('event: gone'));
    await close();
  });

  test('do not delay the end of the dashboard', async () => {
    const { app, text } = await listen('/live');
    await until(() => text().includes('event: page'));
    await app.close();
  });
});
