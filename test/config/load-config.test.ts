import { describe, expect, test } from 'vitest';
import { loadCloudConfig, loadConfig } from '../../src/shared/config/load-config.ts';
import { ConfigError } from '../../src/shared/errors/errors.ts';

const CLOUD = {
  OS_AUTH_URL: 'https://iam.eu-de.otc.t-systems.com/v3',
  OS_USERNAME: 'me',
  OS_PASSWORD: 'canary-password',
  OS_USER_DOMAIN_NAME: 'OTC1',
  OS_PROJECT_NAME: 'eu-de_team',
};

function issuesOf(load: () => unknown): readonly string[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.issues;
    throw error;
  }
  return [];
}

describe('settings', () => {
  test('have the documented defaults', () => {
    expect(loadConfig({})).toEqual({
      redisUrl: 'redis://127.0.0.1:6379',
      namespace: 'default',
      connectTimeoutMs: 10_000,
      logLevel: 'info',
      maxInFlight: 30,
      submitConcurrency: 4,
      submitRate: 60,
      poll: { initialMs: 30_000, minMs: 5000, maxMs: 120_000 },
      lockMs: 30_000,
      unknown: { policy: 'auto', windowMs: 900_000 },
      postTimeoutMs: 120_000,
      allowHttp: false,
    });
  });

  test.each([
    { name: 'REDIS_URL', value: 'http://x', says: 'allowed is redis://' },
    { name: 'IMS_FERRY_MAX_IN_FLIGHT', value: '0', says: 'from 1 to' },
    { name: 'IMS_FERRY_MAX_IN_FLIGHT', value: 'many', says: 'a whole number' },
    { name: 'IMS_FERRY_SUBMIT_RATE', value: '-1', says: 'from 0 to' },
    { name: 'IMS_FERRY_LOCK_MS', value: '1.5', says: 'a whole number' },
    { name: 'IMS_FERRY_UNKNOWN_POLICY', value: 'retry', says: 'auto, resubmit, hold' },
    { name: 'IMS_FERRY_NAMESPACE', value: 'a b', says: 'letters, digits' },
    { name: 'IMS_FERRY_TOKEN_KEY', value: 'c2hvcnQ=', says: 'not 32 bytes' },
    { name: 'IMS_FERRY_ALLOW_HTTP', value: 'maybe', says: 'allowed is 0, 1' },
    { name: 'LOG_LEVEL', value: 'loud', says: 'trace, debug' },
    { name: 'NODE_TLS_REJECT_UNAUTHORIZED', value: '0', says: 'switches TLS verification off' },
  ])('$name=$value is refused', ({ name, value, says }) => {
    const issues = issuesOf(() => loadConfig({ [name]: value }));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(name);
    expect(issues[0]).toContain(says);
  });

  test('all problems are told at once', () => {
    const env = { IMS_FERRY_LOCK_MS: 'x', LOG_LEVEL: 'x', IMS_FERRY_POLL_MIN_MS: '200000' };
    expect(issuesOf(() => loadConfig(env))).toHaveLength(3);
  });

  test('an empty variable is an unset one', () => {
    expect(loadConfig({ IMS_FERRY_LOCK_MS: ' ', REDIS_URL: '' }).lockMs).toBe(30_000);
  });

  test('a create never takes longer than a third of the window', () => {
    const window = { IMS_FERRY_UNKNOWN_WINDOW_MS: '9000' };
    expect(loadConfig(window).postTimeoutMs).toBe(3000);
    const both = { ...window, IMS_FERRY_POST_TIMEOUT_MS: '4000' };
    expect(issuesOf(() => loadConfig(both))[0]).toContain('allowed is up to 3000');
  });

  test('a password in REDIS_URL is not repeated', () => {
    const issues = issuesOf(() => loadConfig({ REDIS_URL: 'ftp://me:canary@host' }));
    expect(issues.join()).not.toContain('canary');
  });
});

describe('the account', () => {
  test('is read with the domain of the user for the project', () => {
    expect(loadCloudConfig(CLOUD)).toMatchObject({
      authUrl: 'https://iam.eu-de.otc.t-systems.com/v3',
      projectName: 'eu-de_team',
      projectDomainName: 'OTC1',
      jobApi: 'project',
    });
  });

  test('gets /v3 where it is missing, and no slash at the end', () => {
    const env = { ...CLOUD, OS_AUTH_URL: 'https://iam.example.com/' };
    expect(loadCloudConfig(env).authUrl).toBe('https://iam.example.com/v3');
  });

  test.each([
    { name: 'OS_AUTH_URL', value: 'http://iam.example.com/v3', says: 'plain http' },
    { name: 'OS_AUTH_URL', value: 'iam.example.com', says: 'is no URL' },
    { name: 'IMS_ENDPOINT', value: 'https://me:canary@ims', says: 'holds a user or password' },
    { name: 'OS_PASSWORD', value: '', says: 'OS_PASSWORD is not set' },
    { name: 'OS_PROJECT_NAME', value: '', says: 'OS_PROJECT_ID' },
    { name: 'IMS_FERRY_JOB_API', value: 'x', says: 'project, progress' },
  ])('$name "$value" is refused', ({ name, value, says }) => {
    const issues = issuesOf(() => loadCloudConfig({ ...CLOUD, [name]: value }));
    expect(issues.join()).toContain(says);
    expect(issues.join()).not.toContain('canary');
  });

  test('plain http is fine on loopback, and elsewhere when it is allowed', () => {
    const local = { ...CLOUD, OS_AUTH_URL: 'http://127.0.0.1:9090/v3' };
    expect(issuesOf(() => loadCloudConfig(local))).toEqual([]);
    const allowed = { ...CLOUD, OS_AUTH_URL: 'http://sim:9090/v3', IMS_FERRY_ALLOW_HTTP: '1' };
    expect(issuesOf(() => loadCloudConfig(allowed))).toEqual([]);
  });
});
