import { appendFile, open as openFile, readdir, readFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLastingRedis } from '../../src/shared/redis/lasting-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { type FerryEnv, spawnFerry, startFerry } from '../support/ferry.ts';
import { answers, lastingFolder } from '../support/lasting-folder.ts';
import { SHORT_WINDOW } from '../support/one-run.ts';
import { needing } from '../support/programs.ts';
import { until } from '../support/until.ts';

const namesOf = (count: number) => Array.from({ length: count }, (_, index) => `up-${index}`);
const open = (folder: string, path = process.env['PATH']) =>
  openLastingRedis({
    folder,
    path,
    clock: systemClock,
    random: systemRandom,
  });

function upEnv(env: FerryEnv): FerryEnv {
  const { REDIS_URL: _, ...rest } = env;
  return rest;
}

describe('up, with a Redis of its own', needing('redis-server'), () => {
  test('killed in the middle it takes its Redis over, and each image is created once', async () => {
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
    const both = await Promise.allSettled([open(data), open(data)]);
    for (const one of both) if (one.status === 'fulfilled') await one.value.close();
    expect(both.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect((await readdir(data)).sort()).toEqual(['access.json', 'appendonlydir', 'redis.conf']);
  });

  test('its configuration is replaced whole: a reader never reads a part of it', async () => {
    const folder = await lastingFolder();
    await (await open(folder)).close();
    const config = join(folder, 'redis.conf');
    await appendFile(config, '# of the last start\n');
    const reader = await openFile(config);
    onTestFinished(() => reader.close());
    await (await open(folder)).close();
    expect(await reader.readFile('utf8')).toContain('of the last start');
    const text = await readFile(config, 'utf8');
    expect(text).toContain('requirepass');
    expect(text).not.toContain('of the last start');
    expect((await readdir(folder)).filter((name) => name.includes('redis.conf'))).toEqual([
      'redis.conf',
    ]);
  });

  test('takes another port when its own is taken by another program', async () => {
    const data = await lastingFolder();
    const first = await open(data);
    await first.close();
    const port = Number(new URL(first.url).port);
    const other = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end('HTTP/1.1 400 Bad Request\r\n\r\n');
    });
    await new Promise<void>((resolve) => {
      // Then another program has it already, which is as good.
      other.once('error', () => resolve());
      other.listen(port, '127.0.0.1', resolve);
    });
    onTestFinished(() => void other.close());
    const second = await open(data);
    onTestFinished(() => second.close());
    expect(new URL(second.url).port).not.toBe(String(port));
    expect(await answers(second.url)).toBe(true);
  });

  test('does not guess when its address cannot be read', async () => {
    const data = await lastingFolder();
    const first = await open(data);
    await first.close();
    const text = await readFile(join(data, 'access.json'), 'utf8');
    await writeFile(join(data, 'access.json'), '{');
    await expect(open(data)).rejects.toThrow('access.json cannot be understood.');
    await writeFile(join(data, 'access.json'), text);
  });
});
