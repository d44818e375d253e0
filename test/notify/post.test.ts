import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { createPoster } from '../../src/shared/notify/post.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { MOST_TRIES, verdictOf } from '../../src/worker/notify/retry.ts';
import { receiver } from '../support/receiver.ts';

function endless(response: ServerResponse): void {
  response.writeHead(200);
  const write = (): void => {
    if (!response.destroyed) response.write(Buffer.alloc(65_536), write);
  };
  write();
}

const CASES: readonly {
  what: string;
  answer: (response: ServerResponse) => void;
  is: object;
}[] = [
  { what: '204', answer: (to) => void to.writeHead(204).end(), is: { kind: 'delivered' } },
  { what: '200 with an endless body', answer: endless, is: { kind: 'delivered' } },
  {
    what: 'a redirect',
    answer: (to) => void to.writeHead(307, { location: '/elsewhere' }).end(),
    is: { kind: 'failed', isFinal: false, reason: expect.stringContaining('not followed') },
  },
  {
    what: '404',
    answer: (to) => void to.writeHead(404).end('<h1>secret page</h1>'),
    is: { kind: 'failed', isFinal: false, reason: expect.stringContaining('HTTP 404') },
  },
  {
    what: '410',
    answer: (to) => void to.writeHead(410).end(),
    is: { kind: 'failed', isFinal: true },
  },
  {
    what: '503 with Retry-After',
    answer: (to) => void to.writeHead(503, { 'retry-after': '120' }).end(),
    is: { kind: 'failed', isFinal: false, retryAfterMs: 120_000 },
  },
  {
    what: 'a connection that is cut',
    answer: (to) => void to.socket?.destroy(),
    is: { kind: 'failed', reason: expect.stringMatching(/reset|closed|failed/) },
  },
  {
    what: 'headers without an end',
    answer: (to) => void to.writeHead(200, { 'x-long': 'x'.repeat(200_000) }).end(),
    is: { kind: 'failed', reason: expect.stringContaining('headers') },
  },
];

test.each(CASES)('$what', async ({ answer, is }) => {
  const hook = await receiver(answer);
  const poster = createPoster({ allowPrivate: true, clock: systemClock, timeoutMs: 60_000 });
  onTestFinished(() => poster.close());
  const target = { name: 'default', url: hook.url, host: hook.host, keys: [] };
  const result = await poster.post(target, '{"a":1}', { 'webhook-id': 'evt_1' });
  expect(result).toMatchObject(is);
  expect(JSON.stringify(result)).not.toMatch(/xoxb|secret page/);
  expect(hook.log.map(({ path }) => path)).toEqual(['/hook/xoxb-secret-part-of-the-address']);
});

test('user and password of an address are sent as a login', async () => {
  const hook = await receiver();
  const poster = createPoster({ allowPrivate: true, clock: systemClock });
  onTestFinished(() => poster.close());
  const url = hook.url.replace('//', '//ops:p%40ss@');
  await poster.post({ name: 'default', url, host: hook.host, keys: [] }, '{}', {});
  const login = Buffer.from('ops:p@ss').toString('base64');
  expect(hook.log[0]?.headers.authorization).toBe(`Basic ${login}`);
});

test('pauses grow from seconds to four hours, for about three days', () => {
  const failed = { kind: 'failed', reason: 'r', isFinal: false } as const;
  const random = { next: () => 0.5 };
  const pauses: number[] = [];
  for (let tries = 0; ; tries += 1) {
    const verdict = verdictOf(failed, tries, random);
    if (verdict.outcome !== 'failed') {
      expect(verdict).toEqual({ outcome: 'dropped', reason: 'r' });
      break;
    }
    pauses.push(verdict.pauseMs);
  }
  expect(pauses).toHaveLength(MOST_TRIES - 1);
  expect(pauses.slice(0, 3)).toEqual([5000, 10_000, 20_000]);
  expect(Math.max(...pauses)).toBe(4 * 3_600_000);
  const days = pauses.reduce((sum, ms) => sum + ms, 0) / 86_400_000;
  expect(days).toBeGreaterThan(2.7);
  expect(days).toBeLessThan(3.3);
  expect(verdictOf({ ...failed, retryAfterMs: 600_000 }, 0, random)).toMatchObject({
    pauseMs: 600_000,
  });
  expect(verdictOf({ ...failed, isFinal: true }, 0, random)).toMatchObject({ outcome: 'dropped' });
});
