import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Redis } from 'ioredis';
import { onTestFinished } from 'vitest';
import type { ArchiveDeps } from '../../src/operator/archive/archive-deps.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { AT, admitted, KEYS, type RegisteredParts } from './ledger-parts.ts';

/** What archiving works with on the test's ledger; queues are closed with the test. */
export function archiveDeps(
  redis: Redis,
  parts: RegisteredParts,
  more: Partial<ArchiveDeps> = {},
): ArchiveDeps {
  const queues = new Queues(redis, KEYS.namespace);
  onTestFinished(() => queues.close());
  return {
    ...parts,
    queues,
    clock: systemClock,
    random: systemRandom,
    lockMs: 2000,
    answerMs: 1000,
    host: 'this-machine',
    owner: 'test',
    stop: new AbortController().signal,
    ...more,
  };
}

export async function archiveFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'ims-ferry-archive-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

export async function filesIn(folder: string): Promise<readonly string[]> {
  return (await readdir(folder)).map((name) => join(folder, name));
}

/** Gives an import its outcome, as a worker would. */
export async function settle(
  parts: RegisteredParts,
  index: number,
  outcome: 'succeeded' | 'failed' | 'cancelled' = 'succeeded',
): Promise<void> {
  const key = parts.members[index] ?? '';
  if (outcome === 'cancelled') {
    await parts.ledger.change(key, { type: 'cancel' }, AT);
    return;
  }
  await parts.guard.scanned(await parts.guard.beginScan());
  const intent = await admitted(parts, index, { maxInFlight: 1000 });
  if (intent.kind !== 'admitted') throw new Error(`not admitted: ${intent.kind}`);
  const { epoch } = intent.entry;
  if (outcome === 'failed') {
    const reason = { code: 'IMG.0057', message: 'no such object', advice: 'upload it' };
    await parts.ledger.change(key, { type: 'refused', epoch, reason, at: AT.now }, AT);
    return;
  }
  await parts.ledger.change(key, { type: 'accepted', epoch, jobId: `job-${index}`, at: 1500 }, AT);
  const entry = await parts.ledger.read(key);
  const of = entry ? stateVersion(entry) : '';
  const done = { type: 'succeeded', of, imageId: `image-${index}`, otherImageIds: [] } as const;
  await parts.ledger.change(key, done, { now: 2000, due: 9000 });
}

/** Keys of Redis that belong to imports and batches. */
export async function ledgerKeysOf(redis: Redis): Promise<readonly string[]> {
  const all = await redis.keys(`${KEYS.prefix}*`);
  return all.map((key) => key.slice(KEYS.prefix.length)).filter((key) => /^[ibmu]:/.test(key));
}
