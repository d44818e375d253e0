import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, receiptOf } from '../support/drop-folder.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** One image in every kind of file. */
const FILES = {
  'table.csv': 'name;image_url;min_disk\r\nweb;obs://bucket/images/web.qcow2;40\r\n',
  'request.json':
    '{ // as documented\n"image_url": "https://bucket.obs.eu-de.otc.t-systems.com/images%2Fweb.qcow2", "min_disk": 40 }',
  'list.json': '[{"name": "web", "image_url": "bucket:images/web.qcow2", "min_disk": 40}]',
  'plain.yaml':
    'defaults: {bucket: bucket, min_disk: 40}\nimages: [{image_url: images/web.qcow2}]\n',
};

test('one image in four kinds of files is created once, and counted in each batch', async () => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url);
  const folder = await dropFolder();
  startFerry(['work'], env);
  startFerry(['watch', folder, '--settle', '0.3'], env);
  for (const [name, text] of Object.entries(FILES)) await writeFile(join(folder, name), text);
  for (const name of Object.keys(FILES)) {
    await until(async () => (await receiptOf(folder, name))?.ok === true);
  }
  const file = await textFile(
    'variable.yaml',
    'images: [{image_url: "s3://$' + '{X}/images/web.qcow2", min_disk: 40}]',
  );
  const submitted = await runFerry(['submit', '--wait', '--var', 'X=bucket', file], env);
  expect(submitted).toMatchObject({ code: 0 });
  expect(simulator.accepted).toHaveLength(1);
  expect(simulator.accepted[0]).toMatchObject({
    name: 'web',
    image_url: 'bucket:images/web.qcow2',
  });
});
