import { expect, test } from 'vitest';
import { importKey } from '../../src/shared/image/import-key.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { alteredIms } from '../support/altered-ims.ts';
import { cloud } from '../support/cloud.ts';
import { examine } from '../support/examine.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { imageRequest } from '../support/images.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

async function setUp() {
  const simulator = await cloud({ duration: 100 });
  const ims = await alteredIms(simulator);
  const env = accountEnv(simulator, redis.url, { IMS_ENDPOINT: ims.url });
  return { simulator, ims, env };
}

/** As `manifestFile` names them. */
function keyOf(name: string): string {
  return importKey(imageRequest(name, { image_url: `bucket:ok/${name}.qcow2` }));
}

test('odd images of others hold nothing up; log, status, plan and doctor count them', async () => {
  const { simulator, ims, env } = await setUp();
  const odd = [null, 5, { id: 'i-1' }, { id: 'i-2', name: 'x', status: 5, owner: null, tags: 7 }];
  ims.alter((listed) => [...odd, ...listed]);
  const worker = startFerry(['work'], env);
  const { code } = await runFerry(['submit', '--wait', await manifestFile('among', 3)], env);
  expect(code).toBe(0);
  const says = 'IMS lists 4 images that cannot be read';
  expect((await runFerry(['status'], env)).stderr).toContain(says);
  expect((await runFerry(['plan', await manifestFile('next', 1)], env)).stdout).toContain(says);
  const { findings } = await examine(env);
  expect(findings.find((finding) => finding.said.includes(says))).toMatchObject({
    state: 'warning',
  });
  // Other batches are scanned for as well.
  await runFerry(['submit', '--wait', await manifestFile('second', 1)], env);
  expect(worker.stderr().match(/images of the IMS list cannot be read/g)).toHaveLength(1);
  expect(simulator.accepted).toHaveLength(4);
  ims.alter((listed) => listed);
  await runFerry(['submit', '--wait', await manifestFile('third', 1)], env);
  expect((await runFerry(['status'], env)).stderr).not.toContain(says);
});

test('a list that cannot be read again and again stops creates, with the reason in status', async () => {
  const { simulator, ims, env } = await setUp();
  ims.alter(() => 'no list');
  startFerry(['work'], env);
  await runFerry(['submit', await manifestFile('unlisted', 1)], env);
  const stopped = async () =>
    JSON.parse((await runFerry(['status', 'unlisted', '--json'], env)).stdout).stopped;
  await until(async () => (await stopped())?.code === 'LIST_NOT_READ');
  expect((await stopped()).message).toContain('UNREADABLE');
  ims.alter((listed) => listed);
  await until(async () => simulator.accepted.length === 1);
  expect(await stopped()).toBeNull();
});

test('one that carries the marker of an import holds this one, and no other', async () => {
  const { simulator, ims, env } = await setUp();
  const tags = [`imsferry=${keyOf('some-002')}`];
  ims.alter((listed) => [...listed, { id: 'i-1', name: 'some-002', status: 'active', tags }]);
  const worker = startFerry(['work'], env);
  const submitted = runFerry(['submit', await manifestFile('some', 3)], env);
  expect((await submitted).code).toBe(0);
  const read = async () => JSON.parse((await runFerry(['status', 'some', '--json'], env)).stdout);
  await until(async () => (await read()).counts.succeeded === 2);
  const { images } = await read();
  const [held] = images.filter(({ held }: { held: boolean }) => held);
  expect(held).toMatchObject({ name: 'some-002', error: { code: 'IMAGE_UNSURE' } });
  expect(held.error.message).toContain('image i-1 (active): it cannot be read in the list (owner)');
  expect(simulator.accepted.map(({ name }) => name).toSorted()).toEqual(['some-001', 'some-003']);
  await worker.stop();
});

test('one that is marked for nobody knows which import stops creates, with the reason, until it can be read', async () => {
  const { simulator, ims, env } = await setUp();
  ims.alter((listed) => [
    ...listed,
    { id: 'i-1', name: 'x', status: 'active', tags: { imsferry: 5 } },
  ]);
  startFerry(['work'], env);
  await runFerry(['submit', await manifestFile('waits', 2)], env);
  const stopped = async () =>
    JSON.parse((await runFerry(['status', 'waits', '--json'], env)).stdout).stopped;
  await until(async () => (await stopped())?.code === 'ODD_IMAGE');
  expect((await stopped()).message).toContain('image i-1 (x): owner, tags');
  expect(simulator.accepted).toHaveLength(0);
  ims.alter((listed) => listed);
  await until(async () => simulator.accepted.length === 2);
  expect(await stopped()).toBeNull();
});

test('a create that lost its answer is not sent again where the list holds what may be its image', async () => {
  const { simulator, ims, env } = await setUp();
  const key = keyOf('lost-001');
  const odd = (one: unknown): unknown =>
    JSON.stringify(one).includes(key) ? { ...(one as object), owner: 5 } : one;
  simulator.set({ createFaults: { dropAfter: 1 } });
  startFerry(['work'], {
    ...env,
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '3000',
  });
  ims.alter((listed) => listed.map(odd));
  await runFerry(['submit', await manifestFile('lost', 1)], env);
  const read = async () => JSON.parse((await runFerry(['status', 'lost', '--json'], env)).stdout);
  await until(async () => (await read()).counts.held === 1 || (await read()).images[0].held);
  expect((await read()).images[0].error.code).toBe('IMAGE_UNSURE');
  expect(simulator.stats.posts).toBe(1);
  expect(doubles(simulator)).toEqual([]);
});
