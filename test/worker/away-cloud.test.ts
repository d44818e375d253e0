import { expect, test } from 'vitest';
import type { ReadAnswer } from '../../src/shared/cloud/ims/ims-answers.ts';
import type { CopyImage } from '../../src/shared/image/image-request.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { stateVersion } from '../../src/shared/state/import-state.ts';
import { AdmissionGate } from '../../src/worker/admission.ts';
import { record } from '../../src/worker/record.ts';
import { submitImport } from '../../src/worker/submit.ts';
import { imageRequest } from '../support/images.ts';
import { HOLDER } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';
import { workerDeps } from '../support/worker-deps.ts';

const redis = useRedis({ emptied: true });

const GOLD = imageRequest('gold');
const OWN = imageRequest('own');
const SOURCE = importKey(GOLD);

const FAILED = { kind: 'failed', throttled: false, code: 'TIMEOUT', message: 'late' } as const;

function copyTo(name: string): CopyImage {
  const file = { image_url: GOLD.image_url, min_disk: 40, copy: 1, quick_import: false } as const;
  const to = { cloud: 'away', agency: 'it', project: 'there' };
  return { kind: 'copy', name, ...file, source: SOURCE, of: 'system', to };
}

/** Copies whose source has succeeded, and an import; `read` is how the other region answers. */
async function world(names: readonly string[], read: () => Promise<ReadAnswer<never>>) {
  const own = await workerDeps(redis, {
    submit: async () => ({ kind: 'accepted', jobId: 'job' }),
  });
  const asked: string[] = [];
  const images = (): Promise<ReadAnswer<never>> => {
    asked.push('list');
    return read();
  };
  const { sessions, writer } = own;
  const place = { region: 'r', project: 'there' };
  const access = { ...place, sessions, writer, ims: { ...own.ims, images } };
  const others = { ...own.others, of: async () => access };
  const deps = { ...own, others };
  const now = deps.clock.now();
  const requests = [GOLD, OWN, ...names.map(copyTo)];
  const rows = requests.map((request, line) => ({ request, line }));
  await deps.batches.register('b', rows, { now, due: now });
  await deps.guard.report(HOLDER);
  await deps.guard.scanned(await deps.guard.beginScan());
  const source = await deps.ledger.read(SOURCE);
  if (!source) throw new Error('not registered');
  const event = { type: 'found', image: { id: 'i', status: 'active' } } as const;
  await record(deps, SOURCE, { event: { ...event, of: stateVersion(source), at: now } });
  const wakes = { count: 0, after: async () => undefined };
  const gate = new AdmissionGate(deps, wakes, async () => undefined);
  const submit = (request: CopyImage | typeof OWN) => submitImport(deps, gate, importKey(request));
  const statusOf = async (request: typeof OWN) =>
    (await deps.ledger.read(importKey(request)))?.state.status;
  return { deps, submit, statusOf, asked };
}

test('an import is sent while the other region of a copy takes its time to answer', async () => {
  const slow = Promise.withResolvers<ReadAnswer<never>>();
  const asking = Promise.withResolvers<void>();
  const { submit, statusOf } = await world(['one'], () => {
    asking.resolve();
    return slow.promise;
  });
  const copying = submit(copyTo('one'));
  await asking.promise;
  await submit(OWN);
  expect(await statusOf(OWN)).toBe('creating');
  slow.resolve(FAILED);
  expect(await copying).toMatchObject({ kind: 'again' });
});

test('a region that did not answer one copy is left alone by the others, which say why they wait', async () => {
  const names = ['one', 'two', 'three', 'four'];
  const { deps, submit, asked } = await world(names, async () => FAILED);
  for (const name of names) expect(await submit(copyTo(name))).toMatchObject({ kind: 'again' });
  expect(asked).toHaveLength(1);
  for (const name of names) {
    expect((await deps.ledger.read(importKey(copyTo(name))))?.state).toMatchObject({
      status: 'pending',
      lastReason: { message: 'cloud away: its images cannot be read at the moment' },
    });
  }
});
