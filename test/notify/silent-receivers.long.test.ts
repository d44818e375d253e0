import type { ServerResponse } from 'node:http';
import { expect, onTestFinished, test } from 'vitest';
import { createPoster } from '../../src/shared/notify/post.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { receiver } from '../support/receiver.ts';

test.each([
  {
    what: '200 whose body never comes',
    answer: (to: ServerResponse) => void to.writeHead(200, { 'content-length': 5 }).flushHeaders(),
    is: { kind: 'delivered' },
  },
  {
    what: 'no answer',
    answer: () => undefined,
    is: { kind: 'failed', reason: expect.stringContaining('no complete answer in time') },
  },
])('$what', async ({ answer, is }) => {
  const hook = await receiver(answer);
  const poster = createPoster({ allowPrivate: true, clock: systemClock, timeoutMs: 1000 });
  onTestFinished(() => poster.close());
  const target = { name: 'default', url: hook.url, host: hook.host, keys: [] };
  expect(await poster.post(target, '{"a":1}', { 'webhook-id': 'evt_1' })).toMatchObject(is);
  expect(hook.log).toHaveLength(1);
});
