import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { doubles } from '../support/account.ts';
import { AWAY, copyEnv, imagesOf, manifestWithCopies, twoRegions } from '../support/copies.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { textFile } from '../support/manifest-file.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

async function countsOf(batch: string, env: Readonly<Record<string, string>>) {
  const { stdout } = await runFerry(['status', batch, '--json'], env);
  return JSON.parse(stdout).counts;
}

test('a copy for another project than that of its entry in clouds.yaml is held: it would not be found there', async () => {
  const other = { id: 'd'.repeat(32), name: 'eu-nl_other', region: AWAY.region };
  const simulator = await twoRegions({ projects: [AWAY, other] });
  const env = await copyEnv(simulator, redis.url, { IMS_FERRY_UNKNOWN_POLICY: 'resubmit' });
  startFerry(['work'], env);
  const text = `name: wrong
images:
  - name: vm
    image_url: bucket:ok/vm.qcow2
    min_disk: 40
    copies: [{ name: vm-away, cloud: away, agency: ims-copy-agency, project: ${other.name} }]
`;
  await runFerry(['submit', await textFile('wrong.yaml', text)], env);
  await until(async () => (await countsOf('wrong', env)).held === 1);
  const { stdout } = await runFerry(['show', 'wrong', 'vm-away'], env);
  expect(stdout).toContain(`is of project ${AWAY.name}, and the copy is for project ${other.name}`);
  expect(simulator.accepted.map(({ api }) => api)).toEqual(['system']);
});

test('a copy without an answer is not made again in another project that its entry has become', async () => {
  const other = { id: 'd'.repeat(32), name: 'eu-nl_other', region: AWAY.region };
  const hidden = { copyDescriptions: false, copyOrigins: false, copyTags: false };
  const simulator = await twoRegions({ ...hidden, projects: [AWAY, other] });
  const before = await copyEnv(simulator, redis.url, {
    IMS_FERRY_UNKNOWN_POLICY: 'resubmit',
    IMS_FERRY_UNKNOWN_WINDOW_MS: '6000',
    IMS_FERRY_POST_TIMEOUT_MS: '400',
  });
  const first = startFerry(['work'], before);
  const text = `name: moved
images:
  - { name: vm, image_url: bucket:ok/vm.qcow2, min_disk: 40, copies: [{ name: vm-away, cloud: away, agency: ims-copy-agency }] }
`;
  await runFerry(['submit', await textFile('moved.yaml', text)], before);
  await until(() => simulator.accepted.length === 1);
  simulator.set({ nextCreates: { dropAfter: 1 } });
  await until(async () => (await countsOf('moved', before)).unknown === 1);
  await first.stop();
  const clouds = await readFile(before['OS_CLIENT_CONFIG_FILE'] ?? '', 'utf8');
  const file = await textFile('clouds.yaml', clouds.replaceAll(AWAY.name, other.name));
  const after = { ...before, OS_CLIENT_CONFIG_FILE: file };
  startFerry(['work'], after);
  await until(async () => (await countsOf('moved', after)).held === 1);
  const { stdout } = await runFerry(['show', 'moved', 'vm-away'], after);
  expect(stdout).toContain(`was sent to project ${AWAY.id}`);
  const resolved = await runFerry(['resolve', 'moved', '--resubmit'], after);
  expect(resolved.stdout).toContain('could not be read');
  expect(await countsOf('moved', after)).toMatchObject({ held: 1 });
  expect(simulator.accepted).toHaveLength(2);
});

test('an old backup of Redis under running workers is taken over: nothing waits for ever', async () => {
  const simulator = await twoRegions();
  const env = await copyEnv(simulator, redis.url, { IMS_FERRY_UNKNOWN_WINDOW_MS: '1500' });
  startFerry(['work'], env);
  await runFerry(['submit', '--wait', await manifestWithCopies('before')], env);
  await redis.client.hset('{imsferry:default}:meta', 'schema', '2');
  const file = await textFile(
    'after.yaml',
    'name: after\nimages: [{ name: web, image_url: "bucket:ok/web.qcow2", min_disk: 40 }]\n',
  );
  await runFerry(['submit', file], env);
  await until(async () => (await countsOf('after', env)).succeeded === 1);
  expect(await redis.client.hget('{imsferry:default}:meta', 'schema')).toBe('3');
  expect(doubles(simulator)).toEqual([]);
  expect(imagesOf(simulator)).toHaveLength(4);
});
