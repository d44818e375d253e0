import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { spawnFerry } from '../support/ferry.ts';
import { freePort } from '../support/free-port.ts';
import { needing, runProgram } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const unit = await readFile('deploy/systemd/ims-ferry-worker.service', 'utf8');
const values = (name: string) =>
  [...unit.matchAll(new RegExp(`^${name}=(.*)$`, 'gm'))].map(([, value = '']) => value);
const [execStart = ''] = values('ExecStart');
const [program = '', ...args] = execStart.split(' ');

async function folder(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'ims-ferry-test-'));
  onTestFinished(() => rm(path, { recursive: true, force: true }));
  return path;
}

describe('the unit for systemd', () => {
  const redis = useRedis();

  /** Verifying wants a program that is there. */
  const verify = async (text: string) => {
    const file = join(await folder(), 'ims-ferry-worker.service');
    await writeFile(file, text.replace(program, process.execPath));
    return runProgram('systemd-analyze', ['verify', file]);
  };

  test('is read by systemd without a word', needing('systemd-analyze'), async () => {
    expect(await verify(unit)).toEqual({ code: 0, stdout: '', stderr: '' });
    const misspelt = await verify(unit.replace('ProtectHome', 'ProtectHom'));
    expect(misspelt.stderr).toContain("Unknown key 'ProtectHom'");
  });

  test('is named well protected by systemd', needing('systemd-analyze'), async () => {
    const file = resolve('deploy/systemd/ims-ferry-worker.service');
    const most = ['security', '--offline=true', '--threshold=20', file];
    const { code, stdout } = await runProgram('systemd-analyze', most);
    expect(code, stdout).toBe(0);
  });

  test('starts a worker with what it gives, and ends it within its time', async () => {
    const [state, credentials] = [await folder(), await folder()];
    const { OS_PASSWORD = '', ...account } = accountEnv(await cloud({}), redis.url);
    await writeFile(join(credentials, 'password'), `${OS_PASSWORD}\n`);
    const given = values('Environment').map((line) => {
      const [name = '', value = ''] = line.split('=');
      return [name, value.replace('%d', credentials).replace('%S', state)];
    });
    expect(program).toBe('/usr/local/bin/ims-ferry');
    const port = String(await freePort());
    const env = { ...account, ...Object.fromEntries(given) };
    const worker = spawnFerry(
      args.map((arg) => (arg === '9301' ? port : arg)),
      env,
    );
    await worker.says('worker started');
    const answer = await fetch(`http://127.0.0.1:${port}/readyz`);
    expect(answer.status).toBe(200);
    worker.process.kill('SIGTERM');
    expect(await worker.exited).toBe(0);
    const [seconds] = values('TimeoutStopSec').map((text) => Number.parseInt(text, 10));
    // A worker closes within 5 s (src/cli/commands/work.ts).
    expect(seconds).toBeGreaterThan(5);
  });

  test('does not restart a worker whose settings cannot work', async () => {
    const { exited } = spawnFerry(args, { IMS_FERRY_LOCK_MS: 'soon' });
    expect(values('RestartPreventExitStatus')).toEqual([String(await exited)]);
    expect(values('Restart')).toEqual(['on-failure']);
  });
});
