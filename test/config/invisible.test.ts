import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { describeError } from '../../src/cli/program.ts';
import { loadCloudConfig, loadObsConfig } from '../../src/shared/config/cloud/load-cloud.ts';
import { loadConfig } from '../../src/shared/config/config.ts';
import { loadDashboardConfig } from '../../src/shared/config/dashboard-config.ts';
import type { Env } from '../../src/shared/config/env-reader.ts';
import { createLogger } from '../../src/shared/log/logger.ts';
import { issuesOf } from '../support/config-issues.ts';
import { dropFolder } from '../support/drop-folder.ts';

const WHERE = {
  OS_AUTH_URL: 'https://iam.eu-de.otc.t-systems.com/v3',
  OS_PROJECT_NAME: 'eu-de_team',
};
const PASSWORD = {
  ...WHERE,
  OS_USERNAME: 'me',
  OS_PASSWORD: 'canary',
  OS_USER_DOMAIN_NAME: 'OTC1',
};
const KEYS = { ...WHERE, OS_ACCESS_KEY: 'canary-ak', OS_SECRET_KEY: 'canary-sk' };
const TOKEN = { ...WHERE, OS_TOKEN: 'canary-token' };
const load = (env: Env) => loadCloudConfig({ env });

async function fileWith(text: string): Promise<string> {
  const path = join(await dropFolder(), 'secret');
  await writeFile(path, text);
  return path;
}

describe('line breaks at the ends of secrets, as files and Kubernetes have them, are taken off', () => {
  test.each([
    { name: 'OS_TOKEN', env: TOKEN, is: { method: 'token', token: 'canary-token' } },
    { name: 'OS_PASSWORD', env: PASSWORD, is: { password: 'canary' } },
    { name: 'OS_ACCESS_KEY', env: KEYS, is: { accessKey: 'canary-ak' } },
    { name: 'OS_SECRET_KEY', env: KEYS, is: { secretKey: 'canary-sk' } },
    {
      name: 'OS_SECURITY_TOKEN',
      env: { ...KEYS, OS_SECURITY_TOKEN: 'canary-st' },
      is: { securityToken: 'canary-st' },
    },
  ])('$name', async ({ name, env, is }) => {
    for (const around of [
      (value: string) => `${value}\n`,
      (value: string) => `${value}\r\n`,
      (value: string) => `\n${value}\n\n`,
      (value: string) => `\ufeff${value}\n`,
    ]) {
      const given = { ...env, [name]: around(String((env as Env)[name])) };
      expect((await load(given)).credential).toMatchObject(is);
    }
  });

  test('a password keeps the blanks at its ends, a key has none', async () => {
    const password = await load({ ...PASSWORD, OS_PASSWORD: ' p w \n' });
    expect(password.credential).toMatchObject({ password: ' p w ' });
    const keys = await load({ ...KEYS, OS_SECRET_KEY: ' canary-sk \n' });
    expect(keys.credential).toMatchObject({ secretKey: 'canary-sk' });
  });

  test.each(['secret\n', 'secret\r\n', '\n\nsecret\n', '\ufeffsecret', 'secret\nuser: me\n'])(
    'a file that holds %j',
    async (text) => {
      const path = await fileWith(text);
      const env = { ...PASSWORD, OS_PASSWORD: '', OS_PASSWORD_FILE: path };
      expect((await load(env)).credential).toMatchObject({ password: 'secret' });
      const { redis } = loadConfig({ REDIS_PASSWORD_FILE: path });
      expect(redis.password).toBe('secret');
    },
  );

  test('the dashboard and the sentinels, too', () => {
    const login = {
      IMS_FERRY_DASHBOARD_USER: 'me',
      IMS_FERRY_DASHBOARD_PASSWORD: 'long enough \n',
    };
    expect(loadDashboardConfig(login).login?.password).toBe('long enough ');
    const env = { IMS_FERRY_REDIS_SENTINEL_PASSWORD: 'guard\n' };
    expect(loadConfig(env).redis.sentinelPassword).toBe('guard');
  });

  test('keys of OBS beside a password', async () => {
    const env = { ...PASSWORD, S3_ACCESS_KEY_ID: 'ak\n', S3_SECRET_ACCESS_KEY: 'sk\r\n' };
    expect(await loadObsConfig({ env })).toMatchObject({ accessKey: 'ak', secretKey: 'sk' });
  });
});

describe('what is invisible within a value is refused with the name of the setting', () => {
  test.each([
    { name: 'OS_TOKEN', env: TOKEN, value: 'canary\ntoken', says: 'line break' },
    { name: 'OS_TOKEN', env: TOKEN, value: 'canary token', says: 'a blank' },
    { name: 'OS_TOKEN', env: TOKEN, value: 'canary\u200btoken', says: 'invisible' },
    { name: 'OS_TOKEN', env: TOKEN, value: 'canary\u00e9token', says: 'another character' },
    { name: 'OS_PASSWORD', env: PASSWORD, value: 'canary\r\nword', says: 'line break' },
    { name: 'OS_PASSWORD', env: PASSWORD, value: '\u001b[200~canary', says: 'control character' },
    { name: 'OS_ACCESS_KEY', env: KEYS, value: 'canary\nak', says: 'line break' },
    { name: 'OS_SECRET_KEY', env: KEYS, value: 'canary\u2028sk', says: 'line break' },
    { name: 'OS_PROJECT_ID', env: TOKEN, value: 'canary id', says: 'a blank' },
    { name: 'OS_USERNAME', env: PASSWORD, value: 'canary\u0000me', says: 'control character' },
    { name: 'OS_AUTH_URL', env: TOKEN, value: 'https://iam.canary\n.test/v3', says: 'invisible' },
    { name: 'IMS_ENDPOINT', env: TOKEN, value: 'https://ims.canary.test/ v2', says: 'a blank' },
    { name: 'HTTPS_PROXY', env: TOKEN, value: 'http://canary:p\n@proxy:3128', says: 'not the URL' },
    { name: 'OS_PASSWORD', env: PASSWORD, value: 'canary\u202c', says: 'invisible' },
    { name: 'OS_PROJECT_NAME', env: PASSWORD, value: 'canary\u200b_x', says: 'invisible' },
    { name: 'OS_REGION_NAME', env: PASSWORD, value: 'can\u00adary', says: 'invisible' },
  ])('$name $value', async ({ name, env, value, says }) => {
    const issues = (await issuesOf(() => load({ ...env, [name]: value }))).join('\n');
    expect(issues).toContain(name);
    expect(issues).toContain(says);
    expect(issues).not.toContain('canary');
  });

  test('of Redis and the dashboard, too', async () => {
    const redis = {
      REDIS_URL: 'redis://:canary\n@host',
      IMS_FERRY_REDIS_SENTINEL_PASSWORD: 'a\nb',
    };
    const issues = (await issuesOf(async () => loadConfig(redis))).join('\n');
    expect(issues).toMatch(/REDIS_URL.*\n.*IMS_FERRY_REDIS_SENTINEL_PASSWORD/);
    expect(issues).not.toContain('canary');
    const user = {
      IMS_FERRY_DASHBOARD_USER: 'me',
      IMS_FERRY_DASHBOARD_PASSWORD: 'canary\nabcdefgh',
    };
    const others = (await issuesOf(async () => loadDashboardConfig(user))).join('\n');
    expect(others).toContain('IMS_FERRY_DASHBOARD_PASSWORD contains a line break');
    expect(others).not.toContain('canary');
  });

  test('in a password file of Redis and in the address of a collector', async () => {
    const REDIS_PASSWORD_FILE = await fileWith('canary\u200bword\n');
    const redis = await issuesOf(async () => loadConfig({ REDIS_PASSWORD_FILE }));
    expect(redis).toEqual([expect.stringMatching(/^REDIS_PASSWORD_FILE: .*invisible/)]);
    const traces = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1\n:4318' };
    expect(await issuesOf(async () => loadConfig(traces))).toHaveLength(1);
  });

  test('a command may have several lines', async () => {
    const env = { ...PASSWORD, OS_PASSWORD: '', OS_PASSWORD_COMMAND: 'word=secret\necho "$word"' };
    expect((await load(env)).credential).toMatchObject({ password: 'secret' });
  });
});

test('blanks and invisible characters around addresses and names are taken off', async () => {
  const env = {
    ...PASSWORD,
    OS_AUTH_URL: ` ${WHERE.OS_AUTH_URL}\u200b\n`,
    OS_USERNAME: '\ufeff\u202ame\u202c\t',
    OS_PROJECT_NAME: `\u200e${PASSWORD.OS_PROJECT_NAME}\u00ad`,
    IMS_ENDPOINT: 'https://ims.test/ \u00a0',
  };
  const cloud = await load(env);
  expect(cloud).toMatchObject({ authUrl: WHERE.OS_AUTH_URL, imsEndpoint: 'https://ims.test' });
  expect(cloud.credential).toMatchObject({ user: { name: 'me' } });
});

test('nor do they count in names of a clouds.yaml, which addresses are made of', async () => {
  const entry = (more: string) =>
    `clouds: {otc: {profile: "\\u200eotc ", ${more}, auth: {token: t, project_id: p}}}`;
  const path = await fileWith(entry('region_name: "eu-de\\n"'));
  const env = { OS_CLIENT_CONFIG_FILE: `\u202a${path}\u202c`, OS_CLOUD: 'otc\u200b' };
  const authUrl = WHERE.OS_AUTH_URL;
  expect(await load(env)).toMatchObject({ name: 'otc', region: 'eu-de', authUrl });
  await writeFile(path, entry('regions: ["eu-nl ", {name: "eu-de\\n"}]'));
  expect(await load(env)).toMatchObject({ region: 'eu-nl' });
  expect(await load({ ...env, OS_REGION_NAME: 'eu-de' })).toMatchObject({ authUrl });
});

describe('an unexpected error shows no secret', () => {
  const SIGNED =
    'Headers.append: "AWS4-HMAC-SHA256 Credential=AKCANARY/20260102/eu-de/s3, Signature=abcdef" is an invalid header value.';

  test.each([
    { what: 'a signed header', text: SIGNED, not: /AKCANARY|abcdef/ },
    { what: 'a token in a header', text: 'bad header x-auth-token: MIIcanary', not: /canary/ },
    { what: 'a token in JSON', text: '{"X-Auth-Token":"MIIcanary"}', not: /canary/ },
    { what: 'an address', text: 'connect redis://me:canary@host failed', not: /canary/ },
    { what: 'a proxy login', text: 'Proxy-Authorization: Basic Y2FuYXJ5', not: /Y2Fu/ },
  ])('$what', ({ text, not }) => {
    expect(describeError(new TypeError(text)).lines.join()).not.toMatch(not);
    const lines: string[] = [];
    createLogger('info', { write: (line) => lines.push(line) }).warn(
      { err: new TypeError(text) },
      'failed',
    );
    expect(lines.join()).toContain('TypeError');
    expect(lines.join()).not.toMatch(not);
  });

  test('not even without its header, once a setting contains it', async () => {
    const token = 'canary-of-a-token-in-an-error';
    await load({ ...WHERE, OS_TOKEN: token });
    const described = describeError(
      new TypeError(`"${token}" is odd: ${encodeURIComponent(token)}`),
    );
    expect(described.lines.join()).not.toContain('canary');
    expect(described.lines.join()).toContain('is odd');
  });
});
