import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WatchDeps } from '../../src/producer/watch/watch-deps.ts';
import { watchFolder } from '../../src/producer/watch/watch-folder.ts';
import { importKey } from '../../src/shared/image/import-key.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { dropFolder, manifestText } from '../support/drop-folder.ts';
import { openLedgerParts } from '../support/ledger-parts.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

type Check = WatchDeps['check'];

/** Watches a folder of these manifests; each check takes 31 s. */
async function watched(names: readonly string[], over: AbortController, judge: Check) {
  const folder = await dropFolder();
  for (const name of names) await writeFile(join(folder, `${name}.yaml`), textOf(name));
  const open = openLedgerParts(server.client);
  const ledger = { ...open, queues: new Queues(server.client, 'test'), lockMs: 30_000 };
  let slowMs = 0;
  const clock = {
    ...systemClock,
    monotonic: () => systemClock.monotonic() + slowMs,
    sleep: (_: number, signal?: AbortSignal) => systemClock.sleep(1, signal),
  };
  const deps: WatchDeps = {
    ...ledger,
    ...{ clock, files: open.project.files, log: silentLogger(), random: seededRandom(1) },
    watcherId: 'w',
    expand: async (manifest) => ({ ok: true, manifest, warnings: [] }),
    check: (manifest) => {
      slowMs += 31_000;
      return judge(manifest);
    },
    ledgerOf: async () => ledger,
    stopping: over.signal,
  };
  await watchFolder(deps, { folder, archive: true, quietMs: 0, rescanMs: 1 });
}

const textOf = (name: string) => manifestText([`${name}-1`, `${name}-2`]);

test('manifests that wait for a slow bucket do not keep the files after them from being looked at', async () => {
  const over = new AbortController();
  const checked: string[] = [];
  await watched(NAMES, over, async ({ name }) => {
    checked.push(name);
    if (checked.length === NAMES.length) over.abort();
    return { kind: 'waits', reason: 'OBS does not answer' };
  });
  expect(checked).toEqual(NAMES);
});

test('images for which OBS did not answer are registered once it does, without the file being touched', async () => {
  const over = new AbortController();
  let checks = 0;
  const watching = watched(['a', 'b'], over, async (manifest) => {
    checks += 1;
    if (checks > 2) return { kind: 'go', manifest, leftOut: [], found: [], isPartial: false };
    const [image, ...images] = manifest.images;
    if (!image) throw new Error('no image');
    const { name, image_url } = image.request;
    const key = importKey(image.request);
    const place = { file: manifest.file, line: image.line, batch: manifest.name };
    const leftOut = [{ ...place, key, name, image_url, source: null }];
    return { kind: 'go', manifest: { ...manifest, images }, leftOut, found: [], isPartial: true };
  });
  const { batches } = openLedgerParts(server.client);
  const totals = async () => (await batches.summaries()).map(({ total }) => total);
  await until(async () => (await totals()).join() === '2,2');
  over.abort();
  await watching;
  expect(checks).toBe(4);
});
