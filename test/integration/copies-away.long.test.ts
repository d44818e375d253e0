import { expect, test } from 'vitest';
import { cloudsFile, copyEnv, manifestWithCopies, twoRegions } from '../support/copies.ts';
import { dropFolder } from '../support/drop-folder.ts';
import { faultProxy } from '../support/fault-proxy.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

test('copies to a cloud that cannot be reached say so wherever they are shown, and once in the log', async () => {
  const simulator = await twoRegions();
  const proxy = await faultProxy(simulator.url);
  const { credentials } = simulator;
  const away = { url: `http://${proxy.host}`, credentials };
  const file = await cloudsFile(away, await dropFolder());
  const env = await copyEnv(simulator, redis.url, { OS_CLIENT_CONFIG_FILE: file });
  await proxy.down();
  const worker = startFerry(['work'], env);
  for (const name of ['one', 'two'])
    await runFerry(['submit', await manifestWithCopies(name)], env);
  const read = async (...args: string[]) => (await runFerry(args, env)).stdout;
  const story = async (batch: string): Promise<string> => {
    const [, key = ''] =
      /copy to away\): \w+, (\S+)/.exec(await read('show', batch, `${batch}-vm`)) ?? [];
    return read('show', batch, key);
  };
  await until(async () => (await story('one')).includes('waits: OTHER_CLOUD: cloud away: IAM'));
  await until(async () => (await story('two')).includes('waits: OTHER_CLOUD: cloud away: IAM'));
  expect(await story('one')).toMatch(/^one-vm .*pending[\s\S]*It is tried again by itself/);
  const status = JSON.parse(await read('status', '--json'));
  expect(status.obstacles).toMatchObject([
    { kind: 'cloud-away', code: 'OTHER_CLOUD', next: 'They resume by themselves.' },
  ]);
  expect(status.obstacles[0].text).toMatch(/^Copies wait: cloud away: IAM cannot be/);
  expect(worker.stderr().split('copies wait for their cloud')).toHaveLength(2);
  await proxy.up();
  await until(async () => simulator.accepted.length === 6);
  await worker.says('the cloud of copies is back');
  expect(JSON.parse(await read('status', '--json')).obstacles).toEqual([]);
});
