import { expect, test } from 'vitest';
import type { Http } from '../../src/shared/cloud/http/http.ts';
import { createImsClient } from '../../src/shared/cloud/ims/ims-client.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { triggerOf } from '../../src/shared/queues/queues.ts';
import { AdmissionGate } from '../../src/worker/admission.ts';
import { startQueueWorkers } from '../../src/worker/queue-workers.ts';
import { watchedIms } from '../../src/worker/watched-ims.ts';
import { accept } from '../support/accept.ts';
import { imageRequest } from '../support/images.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

/** Our own functions between BullMQ and the request, by the stack in which each request was made. */
function watchedHttp() {
  const frames = new Map<string, readonly string[]>();
  const http: Http = {
    request: async ({ method }) => {
      const limit = Error.stackTraceLimit;
      Error.stackTraceLimit = 100;
      const { stack = '' } = new Error('where');
      Error.stackTraceLimit = limit;
      frames.set(
        method,
        stack.split('\n').filter((line) => line.includes('/src/')),
      );
      return { kind: 'unclear', code: 'TIMEOUT', message: 'no answer' };
    },
    close: async () => undefined,
  };
  return { frames, http };
}

test('from the processor of BullMQ to an HTTP request it is at most eight functions', async () => {
  const { frames, http } = watchedHttp();
  const base = await workerDeps(redis, {});
  const { sessions, queues, ledger, guard, batches, clock } = base;
  const ims = watchedIms(createImsClient({ http, sessions, jobApi: 'project' }), base);
  const deps = { ...base, ims };
  await accept(deps, 'polled');
  await queues.poll.promoteJobs();
  const now = clock.now();
  const request = imageRequest('sent');
  await batches.register('b', [{ request, line: 1 }], { now, due: now });
  const entry = await ledger.read(importKey(request));
  if (entry) await queues.addSubmits([triggerOf(entry)]);
  const wakes = { count: 0, after: async () => undefined };
  const scan = async () => void (await guard.scanned(await guard.beginScan()));
  const fatal = (error: Error): void => {
    throw error;
  };
  const connection = redis.client.duplicate({ maxRetriesPerRequest: null });
  const gate = new AdmissionGate(deps, wakes, scan);
  const workers = startQueueWorkers(deps, gate, { connection, fatal });
  await until(async () => frames.has('POST') && frames.has('GET'));
  await workers.close();
  connection.disconnect();
  await queues.close();
  for (const own of frames.values()) {
    expect(own.at(-1)).toContain('queue-workers.ts');
    expect(own.length).toBeLessThanOrEqual(8);
  }
});
