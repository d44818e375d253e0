import { expect, test } from 'vitest';
import { doubles } from '../support/account.ts';
import { copyEnv, imagesOf, manifestWithCopies, twoRegions } from '../support/copies.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

async function countsOf(batch: string, env: Readonly<Record<string, string>>) {
  const { stdout } = await runFerry(['status', batch, '--json'], env);
  return JSON.parse(stdout).counts;
}

test('copies of an image that fails fail with it, and start again with it', async () => {
  const simulator = await twoRegions({ failShare: 1, failCode: 'IMG.0072' });
  const env = await copyEnv(simulator, redis.url);
  startFerry(['work'], env);
  const file = await manifestWithCopies('lame');
  const submitted = await runFerry(['submit', '--wait', file], env);
  expect(submitted.code).toBe(1);
  expect(submitted.stderr).toContain('failed lame-vm: IMG.0072');
  expect(submitted.stderr).toContain('failed lame-vm → away: SOURCE_FAILED');
  expect(await countsOf('lame', env)).toMatchObject({ failed: 3 });
  expect(simulator.accepted).toHaveLength(1);
  const shown = await runFerry(['show', 'lame', 'lame-vm-encrypted'], env);
  expect(shown.stdout).toMatch(/SOURCE_FAILED.*its source failed: IMG.0072/s);
  simulator.set({ failShare: 0 });
  // Only the source is retried by name; its copies follow.
  const retried = await runFerry(['retry', 'lame', '--name', 'lame-vm'], env);
  expect(retried.code).toBe(0);
  await until(async () => (await countsOf('lame', env)).succeeded === 3);
  expect(simulator.accepted.map(({ api }) => api)).toEqual(['system', 'system', 'copy', 'copy']);
});

test('without the right to copy the copies fail and name it, and are made by a retry', async () => {
  const simulator = await twoRegions({ missingRights: ['ims:images:copy'] });
  const env = await copyEnv(simulator, redis.url);
  startFerry(['work'], env);
  const { code } = await runFerry(['submit', '--wait', await manifestWithCopies('bound')], env);
  expect(code).toBe(1);
  expect(await countsOf('bound', env)).toMatchObject({ succeeded: 1, failed: 2 });
  const { stdout } = await runFerry(['show', 'bound', 'bound-vm-encrypted'], env);
  expect(stdout.replace(/\s+/g, ' ')).toContain('copies: ims:images:copy');
  simulator.set({ missingRights: [] });
  expect((await runFerry(['retry', 'bound'], env)).code).toBe(0);
  await until(async () => (await countsOf('bound', env)).succeeded === 3);
  expect(simulator.accepted).toHaveLength(3);
});

test('a copy that may not be tagged succeeds: its description has the marker', async () => {
  const simulator = await twoRegions({ missingRights: ['ims:images:update'] });
  const env = await copyEnv(simulator, redis.url);
  startFerry(['work'], env);
  const { code } = await runFerry(['submit', '--wait', await manifestWithCopies('bare')], env);
  expect(code).toBe(0);
  const copies = imagesOf(simulator).filter(({ name }) => name === 'bare-vm-encrypted');
  expect(copies.map(({ tags }) => tags.some(({ key }) => key === 'imsferry-copy'))).toEqual([
    false,
  ]);
  expect(copies[0]?.fields['__description']).toMatch(/\[imsferry-copy:[\w-]+\]$/);
});

test('copies wait for a source that is held, without a place, and go when it is resolved', async () => {
  const simulator = await twoRegions({ nextCreates: { dropBefore: 1 } });
  const env = await copyEnv(simulator, redis.url, {
    IMS_FERRY_UNKNOWN_POLICY: 'hold',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '1500',
    IMS_FERRY_POST_TIMEOUT_MS: '400',
  });
  startFerry(['work'], env);
  await runFerry(['submit', await manifestWithCopies('held')], env);
  await until(async () => (await countsOf('held', env)).held === 1);
  expect(await countsOf('held', env)).toMatchObject({ pending: 2 });
  expect(simulator.accepted).toHaveLength(0);
  const resolved = await runFerry(['resolve', 'held', '--resubmit'], env);
  expect(resolved.stderr + resolved.stdout).toMatch(/resubmitted|again/);
  await until(async () => (await countsOf('held', env)).succeeded === 3);
  expect(doubles(simulator)).toEqual([]);
  expect(imagesOf(simulator)).toHaveLength(3);
});

test('a copy whose answer is lost is found by name and origin where the cloud shows no marker', async () => {
  const simulator = await twoRegions({ copyDescriptions: false, copyTags: false, duration: 800 });
  const env = await copyEnv(simulator, redis.url, {
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '2000',
    IMS_FERRY_POST_TIMEOUT_MS: '400',
  });
  startFerry(['work'], env);
  await runFerry(['submit', await manifestWithCopies('bare')], env);
  await until(() => simulator.accepted.length === 1);
  simulator.set({ nextCreates: { dropAfter: 2 } });
  await until(async () => (await countsOf('bare', env)).succeeded === 3);
  expect(simulator.stats.faults['dropAfter']).toBe(2);
  expect(simulator.accepted).toHaveLength(3);
});

test('a copy that IMS shows nowhere is held under policy auto, never made again', async () => {
  const simulator = await twoRegions({ nextCreates: {} });
  const env = await copyEnv(simulator, redis.url, {
    IMS_FERRY_UNKNOWN_WINDOW_MS: '1500',
    IMS_FERRY_POST_TIMEOUT_MS: '400',
  });
  startFerry(['work'], env);
  await runFerry(['submit', await manifestWithCopies('lost')], env);
  await until(() => simulator.accepted.length === 1);
  simulator.set({ nextCreates: { dropBefore: 2 } });
  await until(async () => (await countsOf('lost', env)).held === 2);
  expect(simulator.accepted).toHaveLength(1);
  // A person looks in both regions, and decides.
  const seen = await runFerry(['resolve', 'lost'], env);
  expect(seen.stdout.match(/found: nothing in the image list now/g)).toHaveLength(2);
  expect((await runFerry(['resolve', 'lost', '--resubmit'], env)).code).toBe(0);
  await until(async () => (await countsOf('lost', env)).succeeded === 3);
  expect(simulator.accepted).toHaveLength(3);
});

test('a copy to a cloud that the worker does not know is held with the reason, and holds up no other', async () => {
  const simulator = await twoRegions();
  const { OS_CLIENT_CONFIG_FILE: _, ...env } = await copyEnv(simulator, redis.url);
  startFerry(['work'], env);
  await runFerry(['submit', await manifestWithCopies('nowhere')], env);
  await until(async () => (await countsOf('nowhere', env)).held === 1);
  await until(async () => (await countsOf('nowhere', env)).succeeded === 2);
  const { stdout } = await runFerry(['status', 'nowhere'], env);
  expect(stdout).toMatch(/OTHER_CLOUD.*cloud away/);
  expect(simulator.accepted).toHaveLength(2);
});

test('a copy that is wanted again is held if its source fails this time, and is made once both are', async () => {
  const simulator = await twoRegions();
  const env = await copyEnv(simulator, redis.url, { IMS_FERRY_UNKNOWN_WINDOW_MS: '1500' });
  startFerry(['work'], env);
  const file = await manifestWithCopies('gone');
  expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  for (const image of imagesOf(simulator)) {
    simulator.state.cloud.images.put({ ...image, deletedAt: Date.now() });
  }
  simulator.set({ failShare: 1, failCode: 'IMG.0072' });
  const again = await runFerry(['submit', '--wait', '--recreate', file], env);
  expect(again.code).toBe(1);
  expect(await countsOf('gone', env)).toMatchObject({ failed: 1, held: 2 });
  const shown = await runFerry(['show', 'gone', 'gone-vm-encrypted'], env);
  expect(shown.stdout).toMatch(/SOURCE_FAILED.*its source failed: IMG.0072/s);
  simulator.set({ failShare: 0 });
  await runFerry(['retry', 'gone', '--name', 'gone-vm'], env);
  await until(async () => (await countsOf('gone', env)).succeeded === 1);
  expect((await runFerry(['resolve', 'gone', '--resubmit'], env)).code).toBe(0);
  await until(async () => (await countsOf('gone', env)).succeeded === 3);
  expect(simulator.accepted.map(({ api }) => api)).toEqual([
    ...['system', 'copy', 'copy', 'system', 'system', 'copy', 'copy'],
  ]);
});
