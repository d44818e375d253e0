import { readFile, writeFile } from 'node:fs/promises';
import { gunzipSync, gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { archiveBatches } from '../../src/operator/archive/archive-batches.ts';
import { readArchivedReport } from '../../src/producer/report/report-files.ts';
import { archiveDeps, archiveFolder, filesIn, settle } from '../support/archive-parts.ts';
import { manifestImages } from '../support/images.ts';
import { AT, registered } from '../support/ledger-parts.ts';
import { useRedis } from '../support/use-redis.ts';

const server = useRedis({ emptied: true });

test('the report of an archived batch has whom it notified and its rules, that of an older file none', async () => {
  const parts = await registered(server.client, 1);
  const retention = [{ family: 'image-*', keepLast: 2 }];
  await parts.batches.register('b', manifestImages(1), {
    ...AT,
    manifest: { notify: 'ops', retention },
  });
  await settle(parts, 0);
  const folder = await archiveFolder();
  await archiveBatches(
    archiveDeps(server.client, parts),
    { batches: [], olderThanMs: 0, folder },
    () => undefined,
  );
  const [file = ''] = await filesIn(folder);
  const words = { notify: 'ops', retention: [{ family: 'image-*', keep_last: 2 }] };
  expect(await readArchivedReport(file)).toMatchObject(words);

  const [header = '', ...lines] = gunzipSync(await readFile(file))
    .toString()
    .split('\n');
  const { notify: _, retention: __, ...older } = JSON.parse(header);
  await writeFile(file, gzipSync([JSON.stringify(older), ...lines].join('\n')));
  const report = await readArchivedReport(file);
  expect(report).toMatchObject({ batch: 'b', total: 1 });
  expect([report.notify, report.retention]).toEqual([undefined, undefined]);
});
