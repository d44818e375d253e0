import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLastingRedis } from '../../src/shared/redis/lasting-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { dropFolder, manifestText, receiptOf } from '../support/drop-folder.ts';
import { type FerryEnv, runFerry, spawnFerry, startFerry } from '../support/ferry.ts';
import { addressOf, answers, lastingFolder } from '../support/lasting-folder.ts';
import { needing, programPath } from '../support/programs.ts';
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
    const url = (await addressOf(data)) ?? '';
    expect(await first.stop()).toBe(0);
    expect(await answers(url)).toBe(false);

    const second = up();
    await second.says('manifest is as it was: nothing to do');
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
    const url = (await addressOf(data)) ?? '';
    // As npm does it: its group gets the signal, and npm passes it on.
    up.process.kill('SIGINT');
    up.process.kill('SIGINT');
    expect(await up.exited).toBe(0);
    expect(await answers(url)).toBe(false);
  });

  test('its password is in no argument, and its files are for their owner only', async () => {
    const data = await lastingFolder();
    const programs = await dropFolder();
    const seen = join(programs, 'seen');
    // Stands before the server, and writes down what everybody could read of its process.
    const script = `#!/bin/sh\n{ echo "$*"; env; } > '${seen}'\nexec '${programPath('redis-server')}' "$@"\n`;
    await writeFile(join(programs, 'redis-server'), script, { mode: 0o755 });
    const redis = await open(data, programs);
    onTestFinished(() => redis.close());
    const { password } = new URL(redis.url);
    expect(password.length).toBeGreaterThan(20);
    const started = await readFile(seen, 'utf8');
    expect(started).toContain(join(data, 'redis.conf'));
    expect(started).not.toContain(password);
    for (const name of ['access.json', 'redis.conf']) {
      expect((await stat(join(data, name))).mode & 0o777).toBe(0o600);
    }
    expect(await answers(redis.url.replace(password, 'wrong'))).toBe(false);
    expect(await answers(redis.url)).toBe(true);
  });
});
