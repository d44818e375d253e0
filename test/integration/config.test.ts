import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { openLastingRedis } from '../../src/shared/redis/lasting-redis.ts';
import { systemClock } from '../../src/shared/runtime/clock.ts';
import { systemRandom } from '../../src/shared/runtime/random.ts';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { cloudsYaml } from '../support/clouds-yaml.ts';
import { runFerry } from '../support/ferry.ts';
import { lastingFolder } from '../support/lasting-folder.ts';

describe('config', () => {
  test('shows the effective settings, where each was set, and no secret', async () => {
    const simulator = await cloud({});
    const env = accountEnv(simulator, 'redis://me:canary-redis@127.0.0.1:2/1', {
      OS_TENANT_NAME: 'unused',
      OS_PASSWORD: 'canary-password',
      OS_SECRET_KEY: 'canary-secret',
      IMS_FERRY_DASHBOARD_PASSWORD: 'canary-dashboard',
      HTTPS_PROXY: 'http://me:canary-proxy@proxy.test',
    });
    const { code, stdout, stderr } = await runFerry(['config'], env);
    expect(code).toBe(0);
    expect(stdout).toMatch(/OS_USERNAME +demo +environment/);
    expect(stdout).toMatch(/REDIS_URL +redis:\/\/127\.0\.0\.1:2\/1 +environment/);
    expect(stdout).toMatch(/IMS_FERRY_MAX_IN_FLIGHT +30 +default/);
    expect(stdout + stderr).not.toContain('canary');
    expect(stdout + stderr).not.toContain(String(env['IMS_FERRY_TOKEN_KEY']));
  });

  test('shows nothing of a password that holds an @', async () => {
    const simulator = await cloud({});
    const env = accountEnv(simulator, 'redis://127.0.0.1:2', {
      HTTPS_PROXY: 'http://me:p@canary/s@proxy.test:3128',
      HTTP_PROXY: 'me:p@canary@proxy.test:3128',
    });
    const { stdout } = await runFerry(['config'], env);
    expect(stdout).toMatch(/HTTPS_PROXY +http:\/\/proxy\.test:3128/);
    expect(stdout).not.toContain('canary');
  });

  test('does not run the command that has the password', async () => {
    const simulator = await cloud({});
    const { OS_PASSWORD: _, ...env } = accountEnv(simulator, 'redis://127.0.0.1:2');
    const command = { OS_PASSWORD_COMMAND: 'echo canary; exit 9' };
    const { code, stdout } = await runFerry(['config'], { ...env, ...command });
    expect(stdout).toMatch(/OS_PASSWORD +\(hidden\) +OS_PASSWORD_COMMAND/);
    expect(stdout).not.toContain('canary');
    expect(code).toBe(0);
  });

  test('reports problems too, with 2', async () => {
    const { code, stderr } = await runFerry(['config'], { OS_AUTH_URL: 'iam', OS_USERNAME: 'me' });
    expect(code).toBe(2);
    expect(stderr).toContain('OS_AUTH_URL is not a URL');
    expect(stderr).toContain('OS_PASSWORD is not set');
  });

  test('says what came from an option, and from a running up', async () => {
    const folder = await lastingFolder();
    const data = await openLastingRedis({
      folder: join(folder, 'redis'),
      path: process.env['PATH'],
      clock: systemClock,
      random: systemRandom,
    });
    onTestFinished(() => data.close());
    const options = ['--cloud', 'nl', '--password-command', 'true'];
    const env = {
      IMS_FERRY_STATE_DIR: folder,
      OS_CLIENT_CONFIG_FILE: await cloudsYaml({ nl: await cloud({}) }),
    };
    const { stdout } = await runFerry([...options, 'config'], env);
    expect(stdout).toMatch(/IMS_FERRY_CLOUD +nl +--cloud/);
    expect(stdout).toMatch(/REDIS_URL +unix:\S+ +the running ims-ferry up/);
  });
});
