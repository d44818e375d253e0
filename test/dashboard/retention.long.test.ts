import { expect, test } from 'vitest';
import { importKey } from '../../src/shared/image/import-key.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { openDashboard } from '../support/dashboard.ts';
import { runFerry } from '../support/ferry.ts';
import { imageRequest } from '../support/images.ts';
import { textFile } from '../support/manifest-file.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const textOf = (body: string) => body.replaceAll(/<[^>]+>/g, ' ').replaceAll(/\s+/g, ' ');
const image = (name: string) => imageRequest(name, { image_url: `bucket:${name}.qcow2` });

const manifest = (top: string) =>
  textFile(
    'weekly.yaml',
    `name: weekly\n${top}\ndefaults: { min_disk: 40, os_version: "CentOS 7.0 64bit" }
images:
  - { name: debian-12-9, image_url: "bucket:debian-12-9.qcow2" }
  - { name: web-1, image_url: "bucket:web-1.qcow2" }
`,
  );

test('whom a manifest notifies and its rules are on the pages of its images, in show and in its report', async () => {
  const dashboard = await openDashboard(redis.client);
  const settings = { IMS_FERRY_NAMESPACE: 'test', IMS_FERRY_NOTIFY_URL_OPS: 'https://h.test/key' };
  const env = accountEnv(await cloud({}), redis.url, settings);
  const submit = async (top: string) => {
    const { code, stderr } = await runFerry(['submit', await manifest(top)], env);
    expect({ code, stderr }).toMatchObject({ code: 0 });
  };
  const pageOf = async (name: string) => {
    const url = `/batches/weekly/images/${importKey(image(name))}`;
    return textOf((await dashboard.look(url)).body);
  };
  const json = async (...args: string[]) =>
    JSON.parse((await runFerry([...args, '--json'], env)).stdout);

  await submit('notify: ops\nretention: [{ family: "debian-12-*", keep_last: 3 }]');
  const rows = [{ family: 'debian-12-*', keep_last: 3 }];
  const page = await pageOf('debian-12-9');
  expect(page).toContain('Notified ops Retention prune keeps the newest 3 of debian-12-* ');
  expect(page).not.toContain('h.test');
  const other = await pageOf('web-1');
  expect(other).toContain('Notified ops');
  expect(other).not.toContain('Retention');
  expect((await runFerry(['show', 'weekly', 'debian-12-9'], env)).stdout).toMatch(
    /Notified +ops\n +Retention +prune keeps the newest 3 of debian-12-\*$/m,
  );
  expect(await json('show', 'weekly', 'web-1')).toMatchObject({ notify: 'ops', retention: [] });
  expect(await json('report', 'weekly')).toMatchObject({ notify: 'ops', retention: rows });
  expect(await json('status', 'weekly')).toMatchObject({ retention: rows });
  expect((await json('status')).batches).toMatchObject([{ batch: 'spring' }, { retention: rows }]);

  // What deletes is in the manifest of the command, and nowhere else.
  const prune = await runFerry(['prune', await manifest(''), '--yes'], env);
  expect([prune.code, prune.stderr]).toEqual([2, expect.stringContaining('has retention:')]);

  await submit('retention: [{ family: "web-?", keep_last: 1 }]');
  expect(await pageOf('web-1')).toContain('Retention prune keeps the newest of web-? ');
  expect(await pageOf('debian-12-9')).not.toMatch(/Retention|Notified/);
  await submit('');
  expect(await pageOf('web-1')).not.toContain('Retention');
  expect(await json('report', 'weekly')).toMatchObject({ notify: null, retention: [] });
});
