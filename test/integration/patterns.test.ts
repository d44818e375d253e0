import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { schemaReference } from '../../src/cli/commands/init.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, receiptOf } from '../support/drop-folder.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const TEXT = `images:\n  - { name: "vm-$${'{basename}'}", image_url: "bucket:vm/*.qcow2", min_disk: 40 }\n`;
const OBJECTS = { 'bucket/vm/a.qcow2': {}, 'bucket/vm/b.qcow2': {}, 'bucket/vm/readme.txt': {} };

async function account() {
  const simulator = await cloud({ duration: 100, objects: OBJECTS });
  const { accessKey, secretKey } = simulator.credentials;
  const keys = { OS_ACCESS_KEY: accessKey, OS_SECRET_KEY: secretKey, OBS_ENDPOINT: simulator.url };
  return { simulator, env: accountEnv(simulator, redis.url, keys) };
}

test('submit imports what a pattern finds; without keys it names the missing ones', async () => {
  const { simulator, env } = await account();
  startFerry(['work'], env);
  const file = await textFile('many.yaml', TEXT);
  const { OS_ACCESS_KEY: _, OS_SECRET_KEY: __, ...keyless } = env;
  const refused = await runFerry(['submit', file], keyless);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('set OS_ACCESS_KEY and OS_SECRET_KEY');
  const { code } = await runFerry(['submit', '--wait', file], env);
  expect(code).toBe(0);
  expect(simulator.accepted.map(({ name }) => name).toSorted()).toEqual(['vm-a', 'vm-b']);
});

test('plan checks the objects, and names what IMS would refuse', async () => {
  const { simulator, env } = await account();
  simulator.set({ objects: { ...OBJECTS, 'bucket/vm/b.qcow2': { storageClass: 'WARM' } } });
  const { code, stdout } = await runFerry(['plan', await textFile('many.yaml', TEXT)], env);
  expect(code).toBe(1);
  expect(stdout).toContain('1 refused: its storage class is WARM; IMS imports only from Standard');
  expect(stdout).not.toContain('Not checked');
});

test('a watched folder expands patterns, and waits for a bucket that cannot be listed', async () => {
  const { simulator, env } = await account();
  const folder = await dropFolder();
  await writeFile(join(folder, 'away.yaml'), TEXT.replace('bucket:vm', 'forbidden-1:vm'));
  await writeFile(join(folder, 'many.yaml'), TEXT);
  startFerry(['work'], env);
  const watcher = startFerry(['watch', folder, '--settle', '0.3'], env);
  await until(async () => (await receiptOf(folder, 'many.yaml'))?.ok === true);
  await watcher.says('manifest waits for its bucket');
  expect(await receiptOf(folder, 'away.yaml')).toBeUndefined();
  expect(simulator.accepted).toHaveLength(2);
});

test('init writes a manifest that validate takes, and overwrites nothing', async () => {
  const { env } = await account();
  const file = join(await dropFolder(), 'new.yaml');
  const args = ['init', '--bucket', 'bucket', '--prefix', 'vm/', '--output', file];
  const first = await runFerry(args, env);
  expect(first.code).toBe(0);
  expect(first.stderr).toContain('Skipped: bucket:vm/readme.txt does not end like an image file');
  const text = await readFile(file, 'utf8');
  expect((await runFerry(['validate', file], env)).stdout).toContain('2 images');
  const [, schema = ''] = /^# yaml-language-server: \$schema=(\S+)\n/.exec(text) ?? [];
  expect(JSON.parse(await readFile(fileURLToPath(schema), 'utf8'))).toHaveProperty('$id');
  expect(schemaReference('docs/new.yaml')).toBe('../manifests/manifest.schema.json');
  expect(schemaReference(undefined)).toBe(schema);
  const second = await runFerry(args, env);
  expect(second.code).toBe(2);
  expect(second.stderr).toContain('already exists and is not overwritten');
  expect(await readFile(file, 'utf8')).toBe(text);
});
