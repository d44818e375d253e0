import { describe, expect, test } from 'vitest';
import { accountEnv } from '../support/account.ts';
import { cloud } from '../support/cloud.ts';
import { runFerry } from '../support/ferry.ts';

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
});
