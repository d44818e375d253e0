import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Simulator } from '../../simulator/start-simulator.ts';
import { accountEnv, doubles } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { type FerryEnv, runFerry, startFerry } from '../support/ferry.ts';
import { manifestFile } from '../support/manifest-file.ts';
import { ownRedis } from '../support/own-redis.ts';
import { needing } from '../support/programs.ts';
import { useRedis } from '../support/use-redis.ts';

const redis = useRedis({ emptied: true });

/** The environment without user and password. */
function withoutUser(simulator: Simulator, more: FerryEnv): FerryEnv {
  const all = accountEnv(simulator, redis.url);
  const { OS_USERNAME: _, OS_PASSWORD: __, OS_USER_DOMAIN_NAME: ___, ...env } = all;
  return { ...env, ...more };
}

async function importWith(simulator: Simulator, env: FerryEnv): Promise<string> {
  const workers = [startFerry(['work'], env), startFerry(['work'], env)];
  for (const worker of workers) await worker.says('worker started');
  const file = await manifestFile('logins', 6);
  const { code, stderr } = await runFerry(['submit', '--wait', file], env);
  expect(stderr).toContain('6/6 done (6 succeeded)');
  expect(code).toBe(0);
  expect(simulator.accepted).toHaveLength(6);
  expect(doubles(simulator)).toEqual([]);
  return workers.map((worker) => worker.stderr()).join('\n');
}

describe('a whole import', () => {
  test('is signed with AK/SK, and no token is ever fetched', async () => {
    const simulator = await cloud({ duration: 400 });
    const { accessKey, secretKey } = simulator.credentials;
    const keys = { HUAWEICLOUD_SDK_AK: accessKey, HUAWEICLOUD_SDK_SK: secretKey };
    const output = await importWith(simulator, withoutUser(simulator, keys));
    expect(simulator.stats.logins).toBe(0);
    expect(simulator.stats.failedSignatures).toBe(0);
    expect(output).not.toContain(accessKey);
    expect(output).not.toContain(secretKey);
  });

  test('is signed with temporary keys', async () => {
    const simulator = await cloud({ duration: 400 });
    const { accessKey, secretKey, securityToken } = simulator.credentials.temporaryKeys;
    const keys = { OS_AK: accessKey, OS_SK: secretKey, OS_SECURITY_TOKEN: securityToken };
    const output = await importWith(simulator, withoutUser(simulator, keys));
    expect(simulator.stats.failedSignatures).toBe(0);
    expect(output).not.toContain(securityToken);
  });

  test('goes by an agency into the project of another account', async () => {
    const simulator = await cloud({ duration: 400, agencySpelling: 'agency_name' });
    const { agencyName, agencyDomainName, agencyProjectName } = simulator.credentials;
    await importWith(
      simulator,
      accountEnv(simulator, redis.url, {
        OS_AGENCY_NAME: agencyName,
        OS_AGENCY_DOMAIN_NAME: agencyDomainName,
        OS_DELEGATED_PROJECT: agencyProjectName,
      }),
    );
    const { projects } = simulator.state.options.agency;
    expect(new Set(simulator.accepted.map(({ projectId }) => projectId))).toEqual(
      new Set([projects[0]?.id]),
    );
    expect(simulator.stats.loginsBy).toEqual({ password: 1, assume_role: 1 });
  });

  test('goes with a password that a command prints', async () => {
    const simulator = await cloud({ duration: 400 });
    const { OS_PASSWORD: password = '', ...env } = accountEnv(simulator, redis.url);
    const flag = ['--password-command', `printf '%s\\n' '${password}'`];
    const worker = startFerry([...flag, 'work'], env);
    await worker.says('worker started');
    const file = await manifestFile('printed', 2);
    expect((await runFerry(['submit', '--wait', file], env)).code).toBe(0);
    expect(worker.stderr()).not.toContain(password);
  });

  test('that is not allowed without MFA ends at once, with 3 and a clear word', async () => {
    const simulator = await cloud({ mfa: true });
    const { code, stderr } = await runFerry(['work'], accountEnv(simulator, redis.url));
    expect(code).toBe(3);
    expect(stderr).toContain('second factor (MFA), which a program cannot give');
    expect(simulator.stats.failedLogins).toBe(1);
  });
});

describe('at rest', needing('redis-server'), () => {
  test('no token is in the files of Redis; a new key costs one login, and the old ones still work', async () => {
    const own = await ownRedis();
    const simulator = await cloud({ duration: 300 });
    const oldEnv = accountEnv(simulator, own.url);
    const older = startFerry(['work'], oldEnv);
    await older.says('worker started');
    const key = Buffer.alloc(32, 7).toString('base64');
    const newEnv = { ...oldEnv, IMS_FERRY_TOKEN_KEY: key };
    const workers = [startFerry(['work'], newEnv), startFerry(['work'], newEnv)];
    for (const worker of workers) await worker.says('worker started');
    expect(simulator.stats.logins).toBe(2);
    const file = await manifestFile('rotated', 6);
    expect((await runFerry(['submit', '--wait', file], newEnv)).code).toBe(0);
    expect(simulator.stats.logins).toBe(2);
    await own.client.save();
    const secrets = [...simulator.state.accounts.issued, simulator.credentials.password, key];
    let bytes = 0;
    for (const name of await readdir(own.folder, { recursive: true, withFileTypes: true })) {
      if (!name.isFile()) continue;
      const text = await readFile(join(name.parentPath, name.name), 'latin1');
      bytes += text.length;
      for (const secret of secrets) expect(text.includes(secret.slice(0, 24))).toBe(false);
    }
    expect(bytes).toBeGreaterThan(1000);
  });
});
