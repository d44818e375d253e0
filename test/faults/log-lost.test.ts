import { once } from 'node:events';
import { openSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { CACHE } from '../../scripts/soak/ferry-process.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { startProgram } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis();
const CLI = fileURLToPath(new URL('../../src/cli.js', import.meta.url));

/** A worker as a process; `to` is its standard error. */
function spawnWorker(env: Readonly<Record<string, string>>, to: number | 'pipe') {
  const child = startProgram('node', [CLI, 'work'], {
    env: { PATH: process.env['PATH'], NODE_COMPILE_CACHE: CACHE, ...env },
    stdio: ['ignore', to === 'pipe' ? 'pipe' : to, to],
  });
  const exited = once(child, 'close');
  onTestFinished(async () => {
    child.kill('SIGKILL');
    await exited;
  });
  return { child, exited };
}

test.each([
  { what: 'the disk of the log is full', to: () => openSync('/dev/full', 'w') },
  { what: 'the reader of the log goes away', to: () => 'pipe' as const },
])('$what: the worker continues, and ends with 0 on a signal', async ({ to }) => {
  const simulator = await cloud({ duration: 100 });
  const env = accountEnv(simulator, redis.url, { IMS_FERRY_NAMESPACE: typeof to() });
  const { child, exited } = spawnWorker(env, to());
  if (child.stderr) {
    await once(child.stderr, 'data');
    child.stderr.destroy();
    child.stdout?.destroy();
  }
  const { code } = await runFerry(['submit', '--wait', await manifestFile('lost', 2)], env);
  expect(code).toBe(0);
  expect(simulator.accepted).toHaveLength(2);
  child.kill('SIGTERM');
  expect((await exited)[0]).toBe(0);
});
