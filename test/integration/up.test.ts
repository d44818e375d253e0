import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findLastingRedis } from '../../src/shared/redis/lasting-redis.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { answers, lastingFolder } from '../support/lasting-folder.ts';
import { needing } from '../support/programs.ts';
import { until } from '../support/until.ts';
import { namesOf, openLasting, upEnv } from '../support/up.ts';

describe('up, with a Redis of its own', needing('redis-server'), () => {
  test('imports what is dropped, ends, and knows everything when it comes back', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = upEnv(accountEnv(simulator, ''));
    const folder = await dropFolder();
    const data = await lastingFolder();
    const up = () =>
      startFerry(['up', folder, '--port', '0', '--data', data, '--settle', '0.3'], env);
    await writeFile(join(folder, 'x.yaml'), manifestText(namesOf(6)));
    const first = up();
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.ok === true);
    const [, page = ''] = /Dashboard: (\S+)/.exec(first.stderr()) ?? [];
    expect(await (await fetch(page)).text()).toContain('All 6 images imported');
    const url = (await findLastingRedis(data)) ?? '';
    expect(await first.stop()).toBe(0);
    expect(await answers(url)).toBe(false);

    const second = up();
    await second.says('manifest unchanged');
    await second.says('manifest finished');
    expect(simulator.accepted).toHaveLength(6);
  });

  test('other commands find its Redis; an echo of the first signal does not kill it', async () => {
    const simulator = await cloud({ duration: 100 });
    const home = await dropFolder();
    const data = join(home, 'ims-ferry', 'redis');
    const env = { ...upEnv(accountEnv(simulator, '')), XDG_STATE_HOME: home };
    const folder = await dropFolder();
    await writeFile(join(folder, 'x.yaml'), manifestText(namesOf(2)));
    const up = spawnFerry(['up', folder, '--port', '0', '--settle', '0.3'], env);
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.ok === true);
    const { code, stdout } = await runFerry(['status'], env);
    expect(code).toBe(0);
    expect(stdout).toContain('2 succeeded');
    const url = (await findLastingRedis(data)) ?? '';
    // As npm does it: its group gets the signal, and npm passes it on.
    up.process.kill('SIGINT');
    up.process.kill('SIGINT');
    expect(await up.exited).toBe(0);
    expect(await answers(url)).toBe(false);
  });

  test('no other user reaches its Redis: no port, and a private folder', async () => {
    const data = join(await dropFolder(), 'state', 'redis');
    const redis = await openLasting(data);
    onTestFinished(() => redis.close());
    expect(redis.url).toBe(`unix://${data}/redis.sock`);
    expect(await answers(redis.url)).toBe(true);
    const client = new Redis(join(data, 'redis.sock'));
    onTestFinished(() => client.disconnect());
    expect(await client.config('GET', 'port')).toEqual(['port', '0']);
    expect((await stat(data)).mode & 0o777).toBe(0o700);
    expect((await stat(join(data, 'redis.sock'))).mode & 0o777).toBe(0o700);
  });

  test.each([
    [`${'d'.repeat(90)}`, 'too long for the socket of Redis: at most 92 bytes'],
    ['what?', 'must not contain "?"'],
  ])('a folder named %s is refused with what to do', async (name, why) => {
    const env = upEnv(accountEnv(await cloud({}), ''));
    const folder = await dropFolder();
    const { code, stderr } = await runFerry(['up', folder, '--data', join(folder, name)], env);
    expect(code).toBe(2);
    expect(stderr).toContain(why);
  });
});
