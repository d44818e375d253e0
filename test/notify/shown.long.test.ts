import { expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry, startFerry } from '../support/ferry.ts';
import { imageLines, textFile } from '../support/manifest-file.ts';
import { notifyEnv, receiver } from '../support/receiver.ts';
import { until } from '../support/until.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });
const named = (batch: string, notify: string) =>
  textFile(`${batch}.yaml`, `notify: ${notify}\n${imageLines(batch, 1)}`);

test('doctor --notify sends a test to everybody, and shows who did not take it', async () => {
  const [simulator, hook] = [await cloud({}), await receiver()];
  const gone = await receiver((response) => void response.writeHead(404).end());
  const env = accountEnv(simulator, redis.url, {
    ...notifyEnv(hook.url),
    IMS_FERRY_NOTIFY_URL_OPS: gone.url,
  });
  const { code, stdout } = await runFerry(['doctor', '--notify'], env);
  expect(code).toBe(3);
  expect(stdout).toMatch(
    new RegExp(`^ok +notify +default: ${hook.host} took a test, not signed`, 'm'),
  );
  expect(stdout).toMatch(/^failed +notify +ops: it answered HTTP 404/m);
  expect(stdout).not.toContain('xoxb');
  expect(hook.log.map(({ notification }) => notification)).toMatchObject([
    { version: 1, type: 'test', text: expect.stringContaining('test of ims-ferry') },
  ]);
  expect((await runFerry(['doctor'], env)).stdout).not.toContain('notify');
  expect(hook.log).toHaveLength(1);
});

test('a target that nobody has is refused where this is known, and else shown by status', async () => {
  const [simulator, hook] = [await cloud({ duration: 50 }), await receiver()];
  const env = accountEnv(simulator, redis.url);
  const early = await runFerry(['submit', await named('early', 'ops')], env);
  expect(early.code).toBe(0);
  expect(early.stderr).toContain(
    'notify: ops reaches nobody until a worker has IMS_FERRY_NOTIFY_URL_OPS',
  );
  const shown = await runFerry(['status'], env);
  expect(shown.stderr).toContain('Batch early: notify: ops reaches nobody');

  const lab = { ...env, IMS_FERRY_NOTIFY_URL_LAB: hook.url, IMS_FERRY_NOTIFY_ALLOW_PRIVATE: '1' };
  const worker = startFerry(['work'], { ...lab, IMS_FERRY_LOCK_MS: '1000' });
  await worker.says('no worker has the target that this batch notifies');
  // This machine knows no target by its own settings; the worker has noted those that it has.
  for (const command of ['submit', 'plan']) {
    const wrong = await runFerry([command, await named('wrong', 'ops')], env);
    expect(wrong.code).toBe(2);
    expect(wrong.stderr).toContain('notify: ops is not known. There is: lab.');
  }
  expect((await runFerry(['submit', '--wait', await named('right', 'lab')], env)).code).toBe(0);
  await until(() => hook.log.length > 0);
  expect(hook.log.map(({ notification }) => notification.batch)).toEqual(['right']);
  const { batches, notifications } = JSON.parse((await runFerry(['status', '--json'], env)).stdout);
  expect(batches).toMatchObject([
    { batch: 'early', notify: 'ops' },
    { batch: 'right', notify: 'lab' },
  ]);
  expect(notifications).toMatchObject([{ target: 'lab', host: hook.host, served: true }]);
});

test('a target that fails is one line of status, with the reason', async () => {
  const simulator = await cloud({ duration: 50 });
  const hook = await receiver((response) => void response.writeHead(404).end());
  const env = accountEnv(simulator, redis.url, {
    ...notifyEnv(hook.url),
    IMS_FERRY_LOCK_MS: '1000',
  });
  const worker = startFerry(['work'], env);
  await runFerry(['submit', '--wait', await textFile('b.yaml', imageLines('b', 1))], env);
  await worker.says('notification not delivered');
  const { stderr } = await runFerry(['status'], env);
  expect(stderr).toMatch(/Notifications to default have failed for \d+ min: it answered HTTP 404/);
  expect(stderr).toContain(`(${hook.host}); 1 waiting.`);
});

test('the last worker that loses its login reports the stop before it ends', async () => {
  const [simulator, hook] = [await cloud({}), await receiver()];
  const env = accountEnv(simulator, redis.url, notifyEnv(hook.url));
  const first = startFerry(['work'], env);
  await first.says('worker started');
  await until(async () => (await redis.client.hlen('{imsferry:default}:notify')) > 0);
  await first.stop();
  await redis.client.del(...(await redis.client.keys('*token:*')));
  const { code } = await runFerry(['work'], { ...env, OS_PASSWORD: 'another one' });
  expect(code).toBe(3);
  expect(hook.log.map(({ notification }) => notification)).toMatchObject([
    { type: 'project.stopped', data: { reason: 'login' } },
  ]);
});

test('a receiver that never answers delays neither imports nor the end of the worker', async () => {
  const [simulator, hook] = [await cloud({ duration: 50 }), await receiver(() => undefined)];
  const env = accountEnv(simulator, redis.url, {
    ...notifyEnv(hook.url),
    IMS_FERRY_LOCK_MS: '1000',
  });
  const worker = startFerry(['work'], env);
  await worker.says('worker started');
  for (const batch of ['one', 'two', 'three']) {
    const file = await textFile(`${batch}.yaml`, imageLines(batch, 5));
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
  }
  await until(() => hook.log.length > 0);
  expect(await worker.stop()).toBe(0);
  expect(worker.stderr()).not.toContain('did not close in time');
  expect(simulator.accepted).toHaveLength(15);
});
