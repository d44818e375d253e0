import { Redis } from 'ioredis';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { submitBatch } from '../../src/producer/submit-batch.ts';
import { BatchStore } from '../../src/shared/ledger/batch-store.ts';
import { ImportStore } from '../../src/shared/ledger/import-store.ts';
import { ledgerKeys } from '../../src/shared/ledger/ledger-keys.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { isSettled } from '../../src/shared/state/machine.ts';
import { imageRequest } from '../support/images.ts';
import { plainTime } from '../support/plain-time.ts';
import { goldAndCopies, importGold } from './register-copies.ts';

/** Two images in a batch, as `submit` registers them. */
export interface Registered {
  isSettled(): Promise<boolean>;
  states(): Promise<readonly string[]>;
  drainQueues(): Promise<void>;
  close(): Promise<void>;
}

interface Wanted {
  readonly imageUrl?: string;
  /** Copies of an image that is there, instead of two images. */
  readonly copies?: 'here' | 'away';
}

export async function registerTwo(
  url: string,
  { imageUrl = 'bucket:ok', copies }: Wanted,
  simulator: Simulator,
): Promise<Registered> {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: () => 50 });
  redis.on('error', () => undefined);
  const keys = ledgerKeys('default');
  const ledger = new ImportStore(redis, keys);
  const batches = new BatchStore(redis, keys);
  const queues = new Queues(redis, 'default');
  if (copies) await importGold({ ledger, batches }, simulator);
  const two = ['one', 'two'].map((name, index) => ({
    request: imageRequest(name, { image_url: `${imageUrl}/${name}.qcow2` }),
    line: index + 1,
  }));
  const images = copies ? goldAndCopies(copies) : two;
  const deps = { ledger, batches, queues, clock: systemClock, time: plainTime, lockMs: 1000 };
  const flags = { retryFailed: false, recreate: false };
  await submitBatch(deps, { name: 'b', file: 'b.yaml', images }, flags);
  const entries = async () => ledger.readMany(await batches.members('b', 0, images.length));
  return {
    isSettled: async () => (await entries()).every(({ state }) => isSettled(state)),
    states: async () => (await entries()).map(({ state }) => state.status),
    drainQueues: async () => {
      await queues.submit.obliterate({ force: true });
    },
    close: async () => {
      await queues.close();
      redis.disconnect();
    },
  };
}
