import { expect, test } from 'vitest';
import type { Io } from '../../src/cli/io.ts';
import { openLedger } from '../../src/cli/open/open-ledger.ts';
import { type Farewell, sayFarewell } from '../../src/cli/status/farewell.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { manifestImages } from '../support/images.ts';
import { AT, admitted, openLedgerParts, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const env = () => ({ REDIS_URL: server.url, IMS_FERRY_NAMESPACE: 'test' });
const LEFT: Farewell = { again: 'ims-ferry work', isWorker: true, hasOwnRedis: false };

/** What a person reads after Ctrl-C. */
async function farewell(left: Farewell, isForPeople = true): Promise<readonly string[]> {
  const lines: string[] = [];
  const io: Io = {
    out: (one) => lines.push(one),
    err: (one) => lines.push(one),
    log: { write: () => undefined },
    draw: () => undefined,
    ...{ terminal: true, columns: 80, env: env(), stop: AbortSignal.abort() },
  };
  const running = { ...io, stop: new AbortController().signal };
  const open = await openLedger(loadConfig(env()), { wait: false }, running);
  await sayFarewell(open, { io, isForPeople }, left).finally(() => open.close());
  return lines;
}

test('says what is in IMS, what waits, and how to continue', async () => {
  expect(await farewell(LEFT)).toEqual(['Stopped. Nothing was in flight, and nothing waits.']);
  await admitted(await registered(server.client, 3), 0);
  expect(await farewell(LEFT)).toEqual([
    'Stopped. IMS continues to create 1 image; 2 images wait. Nothing is lost.',
    'No other worker runs: results are recorded, and what waits is submitted, as soon as one runs again.',
    'To continue: ims-ferry work',
    'To look: ims-ferry status --watch',
  ]);
  // Redis ends with it: there is nothing to look at before it runs again.
  const own = await farewell({ ...LEFT, again: 'ims-ferry up x', hasOwnRedis: true });
  expect(own.slice(2)).toEqual(['To continue: ims-ferry up x']);
});

test('counts the workers that continue', async () => {
  await openLedgerParts(server.client).batches.register('b', manifestImages(2), AT);
  const { workers } = ledgerKeys('test');
  const soon = String(Date.now() + 3_600_000);
  await server.client.zadd(workers, soon, 'this one', soon, 'another');
  expect((await farewell(LEFT))[1]).toBe('1 other worker continues with them.');
  const watcher = await farewell({ ...LEFT, isWorker: false });
  expect(watcher[1]).toBe('2 workers continue with them.');
});

test('writes nothing between JSON lines', async () => {
  expect(await farewell(LEFT, false)).toEqual([]);
});
