import { describe, expect, test } from 'vitest';
import { loadDashboardConfig } from '../../src/shared/config/dashboard-config.ts';
import { loadCloudConfig, loadConfig } from '../../src/shared/config/load-config.ts';
import { loadObsConfig } from '../../src/shared/config/obs-config.ts';
import { SETTINGS } from '../../src/shared/config/settings.ts';
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
      submitChecks: true,
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

  test('all problems are told at once, each with its variable', () => {
    const env = {
      REDIS_URL: 'x',
      IMS_FERRY_CONNECT_TIMEOUT_MS: '1',
      IMS_FERRY_MAX_IN_FLIGHT: '1e3',
      IMS_FERRY_SUBMIT_CONCURRENCY: '0x4',
      IMS_FERRY_SUBMIT_RATE: '60/min',
      IMS_FERRY_LOCK_MS: '30s',
      IMS_FERRY_POLL_MIN_MS: '200000',
      IMS_FERRY_POLL_INITIAL_MS: '1',
      IMS_FERRY_UNKNOWN_POLICY: 'AUTO',
      IMS_FERRY_UNKNOWN_WINDOW_MS: '1',
      IMS_FERRY_POST_TIMEOUT_MS: '999999999999999999999',
      IMS_FERRY_NAMESPACE: '{x}',
      IMS_FERRY_TOKEN_KEY: 'x',
      IMS_FERRY_ALLOW_HTTP: 'yes',
      LOG_LEVEL: 'INFO',
      NODE_TLS_REJECT_UNAUTHORIZED: '0',
    };
    const issues = issuesOf(() => loadConfig(env));
    for (const name of Object.keys(env)) {
      expect(issues.filter((issue) => issue.startsWith(name))).toHaveLength(1);
    }
    expect(issues).toHaveLength(Object.keys(env).length);
  });

  test.each([
    { name: 'IMS_FERRY_SUBMIT_RATE', value: '0', field: 'submitRate', is: 0 },
    { name: 'IMS_FERRY_MAX_IN_FLIGHT', value: '1', field: 'maxInFlight', is: 1 },
    { name: 'IMS_FERRY_CONNECT_TIMEOUT_MS', value: ' 500 ', field: 'connectTimeoutMs', is: 500 },
    { name: 'IMS_FERRY_ALLOW_HTTP', value: 'true', field: 'allowHttp', is: true },
    { name: 'LOG_LEVEL', value: 'silent', field: 'logLevel', is: 'silent' },
    { name: 'REDIS_URL', value: 'rediss://u:p@h:6380/2', field: 'redisUrl', is: undefined },
  ])('$name=$value is taken', ({ name, value, field, is }) => {
    expect(loadConfig({ [name]: value })).toHaveProperty(field, is ?? value);
  });

  test('a key of 32 bytes is taken as it is, with padding or without', () => {
    const key = Buffer.from('0123456789abcdef0123456789abcdef');
    for (const text of [key.toString('base64'), key.toString('base64').replace('=', '')]) {
      expect(loadConfig({ IMS_FERRY_TOKEN_KEY: text }).tokenKey).toEqual(key);
    }
  });

  test('what this version reads is what its list of settings names, with its default', () => {
    const asked = new Set<string>();
    const env = new Proxy<Record<string, string>>(
      {},
      {
        get: (_, name) => {
          asked.add(String(name));
          // With keys it is asked where OBS is.
          return name === 'OS_ACCESS_KEY' || name === 'OS_SECRET_KEY' ? 'key' : undefined;
        },
      },
    );
    issuesOf(() => loadConfig(env));
    issuesOf(() => loadCloudConfig(env));
    issuesOf(() => loadObsConfig(env));
    issuesOf(() => loadDashboardConfig(env));
    const listed: readonly string[] = SETTINGS.map(({ name }) => name);
    const others =
      /^(S3_(ACCESS_KEY_ID|SECRET_ACCESS_KEY)|OS_(USER|PROJECT)_DOMAIN_ID|OS_PROJECT_ID|OS_CLOUD|HOME|XDG_STATE_HOME|NODE_TLS_REJECT_UNAUTHORIZED)$/;
    const read = [...asked].filter((name) => !others.test(name));
    expect(new Set(read)).toEqual(new Set(listed));
    const numbers = SETTINGS.filter(({ default: text }) => /^\d/.test(text));
    const defaults = Object.fromEntries(numbers.map(({ name, default: text }) => [name, text]));
    expect(loadConfig(defaults)).toEqual(loadConfig({}));
  });

  test('an empty variable is an unset one', () => {
    expect(loadConfig({ IMS_FERRY_LOCK_MS: ' ', REDIS_URL: '' }).lockMs).toBe(30_000);
  });

  test('a create never takes longer than a third of the window', () => {
    const window = { IMS_FERRY_UNKNOWN_WINDOW_MS: '9000' };
    expect(loadConfig(window).postTimeoutMs).toBe(3000);
    const both = { ...window, IMS_FERRY_POST_TIMEOUT_MS: '4000' };
    expect(issuesOf(() => loadConfig(both))[0]).toContain('allowed is up to 3000');
    const timeout = { IMS_FERRY_POST_TIMEOUT_MS: '600000' };
    expect(loadConfig(timeout).postTimeoutMs).toBe(300_000);
    expect(loadConfig({ ...timeout, IMS_FERRY_UNKNOWN_WINDOW_MS: '1800000' }).postTimeoutMs).toBe(
      600_000,
    );
  });

  test.each(['ftp://me:canary@host', 'me:canary@host', 'redis:canary', 'redis://canary@'])(
    'a password in REDIS_URL is not repeated: %s',
    (value) => {
      const issues = issuesOf(() => loadConfig({ REDIS_URL: value, LOG_LEVEL: 'x' }));
      expect(issues.join()).not.toContain('canary');
    },
  );

  test('neither is a key', () => {
    const issues = issuesOf(() => loadConfig({ IMS_FERRY_TOKEN_KEY: 'canary' }));
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

  test('tells everything that is missing at once, and nothing that is there', () => {
    const issues = issuesOf(() => loadCloudConfig({ OS_PASSWORD: 'canary' }));
    const names = new Set(issues.map((issue) => issue.split(' ')[0]));
    const missing = ['OS_AUTH_URL', 'OS_PROJECT_NAME', 'OS_USERNAME', 'OS_USER_DOMAIN_NAME'];
    expect(names).toEqual(new Set(missing));
    expect(issues).toHaveLength(missing.length);
    expect(issues.join()).not.toContain('canary');
  });

  test('takes a password to the letter, spaces too', () => {
    expect(loadCloudConfig({ ...CLOUD, OS_PASSWORD: ' p w ' }).password).toBe(' p w ');
  });

  test.each([
    { env: {}, is: { projectDomainName: 'OTC1' } },
    { env: { OS_PROJECT_DOMAIN_NAME: 'OTC2' }, is: { projectDomainName: 'OTC2' } },
    {
      env: { OS_PROJECT_DOMAIN_ID: 'd2', OS_PROJECT_DOMAIN_NAME: 'OTC2' },
      is: { projectDomainId: 'd2' },
    },
    { env: { OS_USER_DOMAIN_ID: 'd1' }, is: { projectDomainId: 'd1' } },
  ])('has its project in $is for $env', ({ env, is }) => {
    const { projectDomainId, projectDomainName } = loadCloudConfig({ ...CLOUD, ...env });
    expect({ projectDomainId, projectDomainName }).toEqual(is);
  });

  test('an endpoint of IMS loses the slash at its end', () => {
    const env = { ...CLOUD, IMS_ENDPOINT: 'https://ims.eu-de.otc.t-systems.com//' };
    expect(loadCloudConfig(env).imsEndpoint).toBe('https://ims.eu-de.otc.t-systems.com');
  });

  test('gets /v3 where it is missing, and no slash at the end', () => {
    const env = { ...CLOUD, OS_AUTH_URL: 'https://iam.example.com/' };
    expect(loadCloudConfig(env).authUrl).toBe('https://iam.example.com/v3');
  });

  test.each([
    { name: 'OS_AUTH_URL', value: 'http://iam.example.com/v3', says: 'plain http' },
    { name: 'OS_AUTH_URL', value: 'iam.example.com', says: 'is no URL' },
    { name: 'IMS_ENDPOINT', value: 'https://me:canary@ims', says: 'holds a user or password' },
    { name: 'OS_AUTH_URL', value: 'https://iam/v3?canary=1', says: 'holds a ?' },
    { name: 'IMS_ENDPOINT', value: 'ftp://ims', says: 'is no URL' },
    { name: 'OS_PASSWORD', value: '', says: 'OS_PASSWORD is not set' },
    { name: 'OS_PROJECT_NAME', value: '', says: 'OS_PROJECT_ID' },
    { name: 'IMS_FERRY_JOB_API', value: 'x', says: 'project, progress' },
  ])('$name "$value" is refused', ({ name, value, says }) => {
    const issues = issuesOf(() => loadCloudConfig({ ...CLOUD, [name]: value }));
    expect(issues.join()).toContain(says);
    expect(issues.join()).not.toContain('canary');
  });

  test('all that is missing is told at once', () => {
    const issues = issuesOf(() => loadCloudConfig({})).join();
    for (const name of ['AUTH_URL', 'USERNAME', 'PASSWORD', 'USER_DOMAIN_NAME', 'PROJECT_NAME']) {
      expect(issues).toContain(`OS_${name}`);
    }
  });

  test('OS_CLOUD alone is explained', () => {
    const [first] = issuesOf(() => loadCloudConfig({ OS_CLOUD: 'otc' }));
    expect(first).toContain('clouds.yaml is not read yet');
    expect(issuesOf(() => loadCloudConfig({ ...CLOUD, OS_CLOUD: 'otc' }))).toEqual([]);
  });

  test.each([
    'https://ims.test',
    'https://ims.test/',
    'https://ims.test/v2',
    'https://ims.test/v1/',
  ])('IMS_ENDPOINT %s is https://ims.test', (value) => {
    const cloud = loadCloudConfig({ ...CLOUD, IMS_ENDPOINT: value });
    expect(cloud.imsEndpoint).toBe('https://ims.test');
  });

  test('plain http is fine on loopback, and elsewhere when it is allowed', () => {
    const local = { ...CLOUD, OS_AUTH_URL: 'http://127.0.0.1:9090/v3' };
    expect(issuesOf(() => loadCloudConfig(local))).toEqual([]);
    const allowed = { ...CLOUD, OS_AUTH_URL: 'http://sim:9090/v3', IMS_FERRY_ALLOW_HTTP: '1' };
    expect(issuesOf(() => loadCloudConfig(allowed))).toEqual([]);
  });
});
