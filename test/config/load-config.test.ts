import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/shared/config/config.ts';
import { ConfigError } from '../../src/shared/errors/errors.ts';

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
  test('of a cloud have a namespace of their own', () => {
    const env = { IMS_FERRY_NAMESPACE: 'team', IMS_FERRY_CLOUD: 'otc-nl' };
    expect(loadConfig(env)).toMatchObject({ namespace: 'team@otc-nl', cloud: 'otc-nl' });
  });

  test('have the documented defaults', () => {
    expect(loadConfig({})).toEqual({
      redisUrl: 'redis://127.0.0.1:6379',
      redis: {},
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
      verify: 'warn',
      postTimeoutMs: 120_000,
      allowHttp: false,
      notify: { targets: [], allowPrivate: false },
      archive: {},
    });
  });

  test('archives go to the state folder, unless there is another one', () => {
    const env = { HOME: '/home-of-me', IMS_FERRY_ARCHIVE_AFTER: '1d12h' };
    const folder = '/home-of-me/.local/state/ims-ferry/archive';
    expect(loadConfig(env).archive).toEqual({ afterMs: 129_600_000, folder });
    const own = loadConfig({ ...env, IMS_FERRY_ARCHIVE_DIR: '/srv/a' });
    expect(own.archive.folder).toBe('/srv/a');
    const issues = issuesOf(() => loadConfig({ IMS_FERRY_ARCHIVE_AFTER: '30d' }));
    expect(issues[0]).toContain('IMS_FERRY_ARCHIVE_DIR');
  });

  test.each([
    { name: 'REDIS_URL', value: 'http://x', says: 'expected redis://' },
    { name: 'IMS_FERRY_MAX_IN_FLIGHT', value: '0', says: 'from 1 to' },
    { name: 'IMS_FERRY_MAX_IN_FLIGHT', value: 'many', says: 'a whole number' },
    { name: 'IMS_FERRY_SUBMIT_RATE', value: '-1', says: 'from 0 to' },
    { name: 'IMS_FERRY_LOCK_MS', value: '1.5', says: 'a whole number' },
    { name: 'IMS_FERRY_UNKNOWN_POLICY', value: 'retry', says: 'auto, resubmit, hold' },
    { name: 'IMS_FERRY_VERIFY', value: 'yes', says: 'warn, strict, off' },
    { name: 'IMS_FERRY_NAMESPACE', value: 'a b', says: 'letters, digits' },
    { name: 'IMS_FERRY_NAMESPACE', value: 'a@b', says: 'letters, digits' },
    { name: 'IMS_FERRY_CLOUD', value: 'https://x', says: 'letters, digits' },
    { name: 'IMS_FERRY_TOKEN_KEY', value: 'c2hvcnQ=', says: 'not 32 bytes' },
    { name: 'IMS_FERRY_ALLOW_HTTP', value: 'maybe', says: 'expected one of 0, 1' },
    { name: 'LOG_LEVEL', value: 'loud', says: 'trace, debug' },
    { name: 'IMS_FERRY_ARCHIVE_AFTER', value: 'a month', says: 'such as 12h or 30d' },
    { name: 'NODE_TLS_REJECT_UNAUTHORIZED', value: '0', says: 'switches TLS verification off' },
  ])('$name=$value is refused', ({ name, value, says }) => {
    const issues = issuesOf(() => loadConfig({ [name]: value }));
    expect(issues).toHaveLength(1);
    expect(issues[0]).toContain(name);
    expect(issues[0]).toContain(says);
  });

  test('all problems are reported at once, each with its variable', () => {
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

  test('an empty variable is an unset one', () => {
    expect(loadConfig({ IMS_FERRY_LOCK_MS: ' ', REDIS_URL: '' }).lockMs).toBe(30_000);
  });

  test('a create never takes longer than a third of the window', () => {
    const window = { IMS_FERRY_UNKNOWN_WINDOW_MS: '9000' };
    expect(loadConfig(window).postTimeoutMs).toBe(3000);
    const both = { ...window, IMS_FERRY_POST_TIMEOUT_MS: '4000' };
    expect(issuesOf(() => loadConfig(both))[0]).toContain('expected at most 3000');
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
