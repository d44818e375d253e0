import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { WatchDeps } from '../../src/producer/watch/watch-deps.ts';
import { watchFolder } from '../../src/producer/watch/watch-folder.ts';
import { silentLogger } from '../../src/shared/log/logger.ts';
import { Queues } from '../../src/shared/queues/queues.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { seededRandom } from '../../src/shared/runtime/random.ts';
import { dropFolder, manifestText } from '../support/drop-folder.ts';
import { openLedgerParts } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'];

test('manifests that wait for a slow bucket do not keep the files after them from being looked at', async () => {
  const folder = await dropFolder();
  for (const name of NAMES) await writeFile(join(folder, `${name}.yaml`), manifestText([name]));
  const over = new AbortController();
  const checked: string[] = [];
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
    check: async ({ name }) => {
      checked.push(name);
      if (checked.length === NAMES.length) over.abort();
      slowMs += 20_000;
      return { kind: 'waits', reason: 'OBS does not answer' };
    },
    ledgerOf: async () => ledger,
    stopping: over.signal,
  };
  await watchFolder(deps, { folder, archive: false, quietMs: 0, rescanMs: 1 });
  expect(checked).toEqual(NAMES);
});
