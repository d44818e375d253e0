import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { CACHE } from '../../scripts/soak/ferry-process.ts';
import { submitBatch } from '../../src/producer/submit-batch.ts';
import { BatchStore } from '../../src/shared/ledger/batch-store.ts';
import { ImportStore } from '../../src/shared/ledger/import-store.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { imageRequest } from '../support/images.ts';
import { A, actsOf, B, PARTNERS, partnersYaml } from '../support/partners.ts';
import { plainTime } from '../support/plain-time.ts';
import { startProgram } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';
import { ELSEWHERE, POINTS } from './crash-points.ts';

const PROGRAM = fileURLToPath(new URL('./crashing-worker.ts', import.meta.url));
const redis = useRedis({ emptied: true });
const KEYS = ledgerKeys('default');

/** Everything that a worker waits for between the success of an image and the last project that accepts. */
const STRUCK = [
  'ledger.change:succeeded',
  'ledger.sharing.take',
  'members.list',
  'members.add',
  'others.of',
  'ledger.sharing.note',
].flatMap((point) => [`${point} before`, `${point} after`]);

async function registerOne() {
  const ledger = new ImportStore(redis.client, KEYS);
  const batches = new BatchStore(redis.client, KEYS);
  const queues = new Queues(redis.client, 'default');
  onTestFinished(() => queues.close());
  const sharing = { members: [A, B], accept_as: ['partner-a', 'partner-b'] };
  const images = [{ request: imageRequest('web', sharing), line: 1 }];
  const deps = { ledger, batches, queues, clock: systemClock, time: plainTime, lockMs: 1000 };
  const flags = { retryFailed: false, recreate: false };
  await submitBatch(deps, { name: 'b', file: 'b.yaml', images }, flags);
  const [key = ''] = await batches.members('b', 0, 1);
  return async () => ledger.read(key);
}

interface Struck {
  /** How often a worker was killed at the point. */
  kills: number;
}

/** A worker that is killed when it comes to the point for the nth time, and the one after it. */
function startWorkers(env: Readonly<Record<string, string>>, point: string, nth: number): Struck {
  const struck = { kills: 0 };
  const workers: ChildProcess[] = [];
  let isOver = false;
  onTestFinished(() => {
    isOver = true;
    for (const worker of workers) worker.kill('SIGKILL');
  });
  let crossed = 0;
  const start = (points: string): void => {
    const known = [...Object.keys(POINTS), ...Object.keys(ELSEWHERE)].join(',');
    const worker = startProgram('node', [PROGRAM], {
      env: {
        ...{ PATH: process.env['PATH'], NODE_COMPILE_CACHE: CACHE },
        ...{ CRASH_POINTS: points, CRASH_KNOWN: known, ...env },
      },
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    });
    workers.push(worker);
    worker.on('message', ({ at, id }: { readonly at?: string; readonly id?: number }) => {
      if (at === undefined || struck.kills > 0) return;
      crossed += 1;
      const isNow = crossed === nth;
      if (isNow) struck.kills += 1;
      worker.send({ id, order: isNow ? 'die' : 'go' }, () => undefined);
    });
    worker.once('exit', () => {
      // The last call may be the one that it dies at.
      if (workers.length === 1 && !isOver) start('');
    });
  };
  start(point);
  return struck;
}

describe('an image is shared with two projects, once each, and both have it', () => {
  const rows = STRUCK.flatMap((point) => [1, 2].map((nth) => ({ point, nth }))).filter(
    // One image succeeds once, and one project after the other is accepted within one look.
    ({ point, nth }) => nth === 1 || /members.add|others.of/.test(point),
  );

  test.each(rows)('SIGKILL $point ($nth)', async ({ point, nth }) => {
    const simulator = await cloud({ duration: 100, projects: PARTNERS });
    const env = accountEnv(simulator, redis.url, {
      IMS_FERRY_LOCK_MS: '1000',
      OS_CLIENT_CONFIG_FILE: await partnersYaml(simulator),
    });
    const read = await registerOne();
    const struck = startWorkers(env, point, nth);
    // The ledger may say so before the message of the worker that has written it is here.
    await until(async () => struck.kills === 1 && (await read())?.sharing?.state === 'done');
    const [imageId = ''] = simulator.accepted[0]?.image_ids ?? [];
    const acts = actsOf(simulator);
    expect(acts).toEqual({
      [`${imageId} a`]: 'added accepted',
      [`${imageId} b`]: 'added accepted',
    });
    expect(simulator.accepted).toHaveLength(1);
    expect(doubles(simulator)).toEqual([]);
    expect(await redis.client.zcard(KEYS.sharing)).toBe(0);
  });
});
