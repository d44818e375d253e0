import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { cloudsYaml } from '../support/clouds-yaml.ts';
import { dropFolder, receiptOf } from '../support/drop-folder.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { imageLines, manifestFile, textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

async function nl(): Promise<{ env: FerryEnv; producer: FerryEnv }> {
  const simulator = await cloud({ duration: 100 });
  const { OS_CLOUD: _, ...all } = { OS_CLOUD: '', ...accountEnv(simulator, redis.url) };
  const pace = Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('OS_')));
  const nowhere = { HOME: '/nonexistent', XDG_CONFIG_HOME: '/nonexistent' };
  return {
    env: { ...pace, OS_CLIENT_CONFIG_FILE: await cloudsYaml({ nl: simulator }) },
    producer: { ...pace, ...nowhere },
  };
}

test('a first submit for a cloud of clouds.yaml needs no worker; a misspelt one registers nothing', async () => {
  const { env } = await nl();
  const file = await manifestFile('first', 1);
  const refused = await runFerry(['--cloud', 'ln', 'submit', file], env);
  expect(refused.code).toBe(2);
  expect(refused.stderr).toContain('No worker has served cloud ln yet: cloud ln is not in');
  expect(refused.stderr).toContain('it has nl');
  const named = await textFile('named.yaml', `cloud: ln\n${imageLines('named', 1)}`);
  expect((await runFerry(['submit', named], env)).code).toBe(2);
  expect(await redis.client.keys('*ln*')).toEqual([]);
  const submitted = await runFerry(['--cloud', 'nl', 'submit', file], env);
  expect(submitted.code).toBe(0);
  expect(submitted.stderr).not.toContain('cloud nl');
  const status = await runFerry(['--cloud', 'ln', 'status'], env);
  expect(status.stderr).toContain('Warning: No worker has served cloud ln yet');
  expect(status.code).toBe(0);
});

test('without a clouds.yaml a cloud that no worker has served is named in a warning', async () => {
  const { env, producer } = await nl();
  const file = await manifestFile('early', 1);
  const early = await runFerry(['--cloud', 'nl', 'submit', file], producer);
  expect(early.code).toBe(0);
  expect(early.stderr).toContain('No worker has served cloud nl yet, and there is no clouds.yaml');
  startFerry(['--cloud', 'nl', 'work'], env);
  const late = await runFerry(['--cloud', 'nl', 'submit', '--wait', file], producer);
  expect(late.code).toBe(0);
  const again = await runFerry(['--cloud', 'nl', 'status'], producer);
  expect(again.stderr).not.toContain('No worker has served');
});

test("the workers' own cloud is not another one beside it", async () => {
  const { env, producer } = await nl();
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  const file = await manifestFile('own', 1);
  await until(async () => {
    const run = await runFerry(['--cloud', 'nl', 'submit', file], producer);
    return run.code === 2 && run.stderr.includes("Cloud nl is the workers' own one.");
  });
});

test('a watched folder refuses a manifest for a cloud that nobody knows', async () => {
  const { env } = await nl();
  const folder = await dropFolder();
  await writeFile(join(folder, 'lost.yaml'), `cloud: ln\n${imageLines('lost', 1)}`);
  await writeFile(join(folder, 'good.yaml'), `cloud: nl\n${imageLines('good', 1)}`);
  startFerry(['work'], env);
  startFerry(['watch', folder, '--settle', '0.3'], env);
  await until(async () => (await receiptOf(folder, 'lost.yaml'))?.state === 'rejected');
  const receipt = await receiptOf(folder, 'lost.yaml');
  expect(JSON.stringify(receipt)).toContain('No worker has served cloud ln yet');
  await until(async () => (await receiptOf(folder, 'good.yaml'))?.ok === true);
});
