import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { describe, expect, onTestFinished, test } from 'vitest';
import { findLastingRedis } from '../../src/shared/redis/lasting-redis.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { spawnFerry, startFerry } from '../support/ferry.ts';
import { lastingFolder } from '../support/lasting-folder.ts';
import { SHORT_WINDOW } from '../support/one-run.ts';
import { needing, startProgram } from '../support/programs.ts';
import { startTestRedis } from '../support/redis-server.ts';
import { until } from '../support/until.ts';
import { namesOf, openLasting, upEnv } from '../support/up.ts';

describe('up, with a Redis of its own', needing('redis-server'), () => {
  test('killed in the middle and started again, it creates each image once', async () => {
    const simulator = await cloud({ duration: 800, latencyMs: 20 });
    const env = upEnv(accountEnv(simulator, '', { ...SHORT_WINDOW, IMS_FERRY_MAX_IN_FLIGHT: '8' }));
    const folder = await dropFolder();
    const data = await lastingFolder();
    await writeFile(join(folder, 'x.yaml'), manifestText(namesOf(40)));
    for (const least of [1, 12, 25]) {
      const up = spawnFerry(['up', folder, '--port', '0', '--data', data, '--settle', '0.3'], env);
      await until(() => simulator.accepted.length >= least);
      up.process.kill('SIGKILL');
      await up.exited;
    }
    startFerry(['up', folder, '--port', '0', '--data', data, '--settle', '0.3'], env);
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.ok === true);
    expect(simulator.accepted).toHaveLength(40);
    expect(doubles(simulator)).toEqual([]);
  });

  test('a second one on the same data is refused, and leaves the first alone', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = upEnv(accountEnv(simulator, ''));
    const folder = await dropFolder();
    const data = await lastingFolder();
    const first = spawnFerry(['up', folder, '--port', '0', '--data', data, '--settle', '0.3'], env);
    await first.says('watching for manifests');
    const second = startFerry(['up', folder, '--port', '0', '--data', data], env);
    expect(await second.exited).toBe(2);
    expect(second.stderr()).toContain(`(process ${first.process.pid}) works with ${data}`);
    await writeFile(join(folder, 'x.yaml'), manifestText(namesOf(2)));
    await until(async () => (await receiptOf(folder, 'x.yaml'))?.ok === true);
  });

  test('of two that begin at once one works, on one server', async () => {
    const data = await lastingFolder();
    const both = await Promise.allSettled([openLasting(data), openLasting(data)]);
    for (const one of both) if (one.status === 'fulfilled') await one.value.close();
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await readdir(data)).filter((name) => !name.startsWith('lock.'))).toEqual([
      'appendonlydir',
    ]);
  });

  test('killed, it leaves no Redis; ended half-way through its start, it can start again', async () => {
    const simulator = await cloud({ duration: 100 });
    const env = upEnv(accountEnv(simulator, ''));
    const folder = await dropFolder();
    const data = await lastingFolder();
    const up = spawnFerry(['up', folder, '--port', '0', '--data', data], env);
    await until(async () => (await readdir(data)).includes('lock.1'));
    up.process.kill('SIGKILL');
    await up.exited;
    await until(async () => (await findLastingRedis(data)) === undefined);
    const again = startFerry(['up', folder, '--port', '0', '--data', data], env);
    await again.says('watching for manifests');
  });

  test('an orphaned Redis is ended before another one starts', async () => {
    const data = await lastingFolder();
    const first = await openLasting(data);
    const client = new Redis(join(data, 'redis.sock'));
    await client.set('kept', 'yes');
    client.disconnect();
    await first.close();
    // Its data only, as after a kill of everything but the server.
    const args = ['--port', '0', '--unixsocket', join(data, 'redis.sock'), '--dir', data];
    const alone = startProgram('redis-server', [...args, '--appendonly', 'yes', '--save', ''], {
      stdio: 'ignore',
    });
    await until(async () => (await findLastingRedis(data)) !== undefined);
    const second = await openLasting(data);
    onTestFinished(() => second.close());
    await until(() => alone.exitCode !== null);
    const reader = new Redis(join(data, 'redis.sock'));
    onTestFinished(() => reader.disconnect());
    expect(await reader.get('kept')).toBe('yes');
  });

  test('data of a version whose Redis had a port opens, but not beside that Redis', async () => {
    const data = await lastingFolder();
    await (await openLasting(data)).close();
    const older = await startTestRedis();
    const { port } = new URL(older.url);
    await writeFile(join(data, 'access.json'), `{"port":${port},"password":"x"}`);
    await writeFile(join(data, 'redis.conf'), 'requirepass x\n');
    await expect(openLasting(data)).rejects.toThrow(
      `a Redis on port ${port} that works with ${data}`,
    );
    await older.stop();
    await (await openLasting(data)).close();
    expect(await readdir(data)).not.toContain('access.json');
    expect(await readdir(data)).not.toContain('redis.conf');
  });
});
